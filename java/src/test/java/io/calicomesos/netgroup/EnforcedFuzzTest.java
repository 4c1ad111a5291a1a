package io.calicomesos.netgroup;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.common.base.Splitter;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.Profile;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What somebody writes into etcd of endpoints, profiles and pools, a value a line: whatever it is, nft gets commands that it
 * understands, and no others than are meant.
 */
class EnforcedFuzzTest {
    private static final Logger OURS = Logger.getLogger("io.calicomesos.netgroup");

    static {
        OURS.setLevel(Level.OFF); // It says of each value why it is ignored.
    }

    @FuzzTest
    void values(byte[] utf8) {
        NftSimulation nft = new NftSimulation();
        Ruleset ruleset = new Ruleset("host1");
        nft.run(ruleset.full());
        RemoteRoutes routes = new RemoteRoutes("host1", () -> ruleset.members().all());
        Membership membership = new Membership("host1", ruleset, routes, nft::run);
        OutgoingNat nat = new OutgoingNat();
        int line = 0;
        for (String value : Splitter.on('\n').split(new String(utf8, StandardCharsets.UTF_8))) {
            byte[] json = value.getBytes(StandardCharsets.UTF_8);
            String name = "n" + line++ % 3; // So that later ones change earlier ones.
            membership.put(new Mirror.Entry(Keys.endpoints("default") + name, Etcd.bytes(json), 1, 1));
            try {
                Profile profile = Json.read(Profile.class, Keys.PROFILES + name, json);
                nft.run(ruleset.profile(name, profile.spec().labelsToApply().keySet(), IngressRule.of(profile, said -> { })));
            } catch (MalformedValueException e) {
                // Reported, and what it said before still holds.
            }
            try {
                nat.put(name, Json.read(IpPool.class, Keys.POOLS + name, json).spec());
            } catch (MalformedValueException e) {
                // Likewise.
            }
            if (!nat.table().matches("[a-z0-9_ .:/,;{}@!=\\n-]*")) {
                throw new AssertionError(nat.table());
            }
            routes.takeChanged().forEach(routes::routeTo);
        }
        nft.run(ruleset.full());
    }
}
