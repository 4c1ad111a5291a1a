package io.calicomesos.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LinksTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]*)(?:#([^)]*))?\\)");

    @Test
    void eachLeadsToAFileOrAHeadingThatIsThere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Document document : Document.all()) {
            for (MatchResult link : LINK.matcher(String.join("\n", document.lines())).results().toList()) {
                Path target = link.group(1).isEmpty() ? document.file() : document.file().resolveSibling(link.group(1)).normalize();
                if (!Files.exists(target) || link.group(2) != null && !Document.read(target).anchors().contains(link.group(2))) {
                    broken.add(document.file() + ": " + link.group());
                }
            }
        }
        assertThat(broken).isEmpty();
    }
}
