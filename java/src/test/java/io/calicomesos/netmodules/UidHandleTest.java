package io.calicomesos.netmodules;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.StringLength;

class UidHandleTest {
    private static final NodeName NODE = new NodeName("host1");
    private static final NodeName OTHER = new NodeName("host10");

    @Property
    void isFoundByItsUidAlone(@ForAll @NotEmpty @StringLength(max = 1_024) String uid, @ForAll @NotEmpty String other) {
        HandleId handle = UidHandle.next(NODE, uid);
        assertThat(handle.value()).startsWith(UidHandle.prefix(NODE, uid));
        assertThat(handle.value().startsWith(UidHandle.prefix(NODE, other))).isEqualTo(uid.equals(other));
        assertThat(handle.value()).doesNotStartWith(UidHandle.prefix(OTHER, uid));
        assertThat(UidHandle.isOne(NODE, handle)).isTrue();
        assertThat(UidHandle.isOne(OTHER, handle)).isFalse();
        assertThat(handle.workloadOn(NODE)).as("the module's sweep finds it, too").isPresent();
    }

    @Property
    void oneUidBeginsLikeAnother(@ForAll @NotEmpty @CharRange(from = 'a', to = 'c') String uid) {
        assertThat(UidHandle.next(NODE, uid + "-1").value()).doesNotStartWith(UidHandle.prefix(NODE, uid));
    }

    @Property
    void noContainersIsTakenForOne(@ForAll @NotEmpty String container) {
        assertThat(UidHandle.isOne(NODE, HandleId.of(NODE, WorkloadName.of(List.of(container))))).isFalse();
        assertThat(UidHandle.isOne(NODE, HandleId.of(NODE, WorkloadName.of(List.of("net-modules-" + container))))).isFalse();
    }
}
