package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Debian's Chromium on a host, without a screen and with one page open, driven by its DevTools protocol over a pipe. */
public final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final InputStream in;
    private final String session;
    private long last;

    /**
     * Starts it.
     *
     * @param host in whose network namespace
     * @param profile a directory for it, which must be empty
     */
    public Browser(Host host, Path profile) {
        try {
            // Its commands come on descriptor 3, its answers go to 4, each ended by a zero byte.
            process = new ProcessBuilder(host.inside("bash", "-c", "exec chromium --headless=new --no-sandbox --disable-gpu "
                    + "--disable-dev-shm-usage --no-first-run --hide-scrollbars --remote-debugging-pipe --user-data-dir=" + profile
                    + " about:blank 3<&0 4>&1 </dev/null >/dev/null"))
                    .redirectError(profile.resolve("log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        in = process.getInputStream();
        String target = send(null, "Target.createTarget", Map.of("url", "about:blank")).path("targetId").asText();
        session = send(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true)).path("sessionId").asText();
        size(1280, 900);
    }

    /**
     * Opens a page.
     *
     * @param url its address
     */
    public void open(String url) {
        send("Page.navigate", Map.of("url", url));
    }

    /**
     * The size of the window.
     *
     * @param width in pixels
     * @param height in pixels
     */
    public void size(int width, int height) {
        send("Emulation.setDeviceMetricsOverride", Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /**
     * What the operator's desktop prefers.
     *
     * @param dark or light
     */
    public void prefersDark(boolean dark) {
        Map<String, String> scheme = Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light");
        send("Emulation.setEmulatedMedia", Map.of("features", new Object[] {scheme}));
    }

    /**
     * Evaluates.
     *
     * @param expression in JavaScript
     * @return its value, as JSON; a failure is thrown
     */
    public JsonNode evaluate(String expression) {
        JsonNode answer = send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (answer.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + answer.path("exceptionDetails"));
        }
        return answer.at("/result/value");
    }

    /**
     * Moves the pointer to the middle of an element.
     *
     * @param selector the element's, in CSS
     */
    public void pointAt(String selector) {
        JsonNode box = evaluate("(() => { const e = document.querySelector(" + quoted(selector) + "); e.scrollIntoView({block: 'center'}); "
                + "const b = e.getBoundingClientRect(); return {x: b.left + b.width / 2, y: b.top + b.height / 2}; })()");
        send("Input.dispatchMouseEvent", Map.of("type", "mouseMoved", "x", box.path("x").asDouble(), "y", box.path("y").asDouble()));
    }

    /**
     * Presses a key.
     *
     * @param key as in {@code KeyboardEvent.key}: Tab, Enter, ArrowRight
     */
    public void press(String key) {
        int code = switch (key) {
            case "Tab" -> 9;
            case "Enter" -> 13;
            case "Escape" -> 27;
            case "ArrowLeft" -> 37;
            case "ArrowUp" -> 38;
            case "ArrowRight" -> 39;
            case "ArrowDown" -> 40;
            default -> key.charAt(0);
        };
        String text = key.equals("Enter") ? "\r" : key.length() == 1 ? key : "";
        send("Input.dispatchKeyEvent", Map.of(
                "type", text.isEmpty() ? "rawKeyDown" : "keyDown", "key", key, "windowsVirtualKeyCode", code, "text", text));
        send("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key, "windowsVirtualKeyCode", code));
    }

    /**
     * Takes a picture of the window.
     *
     * @param file where it goes, as PNG
     */
    public void picture(Path file) {
        try {
            Files.write(file, Base64.getDecoder().decode(send("Page.captureScreenshot", Map.of("format", "png")).path("data").asText()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String quoted(String text) {
        return JSON.getNodeFactory().textNode(text).toString();
    }

    private JsonNode send(String method, Map<String, ?> parameters) {
        return send(session, method, parameters);
    }

    private synchronized JsonNode send(String to, String method, Map<String, ?> parameters) {
        ObjectNode command = JSON.createObjectNode().put("id", ++last).put("method", method);
        command.set("params", JSON.valueToTree(parameters));
        if (to != null) {
            command.put("sessionId", to);
        }
        try {
            process.getOutputStream().write((command + "\0").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            JsonNode answer = read();
            while (answer.path("id").asLong() != last) { // Else it is an event.
                answer = read();
            }
            if (answer.has("error")) {
                throw new IllegalStateException(method + ": " + answer.path("error"));
            }
            return answer.path("result");
        } catch (IOException e) {
            throw new UncheckedIOException(method, e);
        }
    }

    private JsonNode read() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int each = in.read(); each != 0; each = in.read()) {
            if (each < 0) {
                throw new EOFException("Chromium has ended");
            }
            message.write(each);
        }
        return JSON.readTree(message.toByteArray());
    }

    @Override
    public void close() {
        try {
            send(null, "Browser.close", Map.of());
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (UncheckedIOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
