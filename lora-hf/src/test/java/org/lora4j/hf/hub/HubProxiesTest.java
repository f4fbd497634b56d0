/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A hub on the loopback interface stands in for the proxy: it answers for any host. */
@Tag("once-per-jdk")
final class HubProxiesTest {
    private static final URI ABSENT = URI.create("http://hub.invalid");
    private static final HubHttp.Waits SHORT =
            new HubHttp.Waits(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(1));

    @TempDir Path folder = Path.of("");

    @Test
    void aModelComesThroughTheProxyWithItsUserAndPassword() throws IOException {
        try (FakeHub proxy = filled()) {
            String user = "me:p%40ss%20%2B+ö@";
            String address = proxy.endpoint().toString().replace("//", "//" + user);
            Path model = resolve(ABSENT, Map.of("HTTP_PROXY", address, "NO_PROXY", "127.0.0.1"));
            assertThat(model.resolve("config.json")).isRegularFile();
            // python3 -c "import base64; print(base64.b64encode('me:p@ss ++ö'.encode()).decode())"
            assertThat(proxy.requests)
                    .extracting(request -> request.server() + " " + request.proxyUser())
                    .contains("hub Basic bWU6cEBzcyArK8O2", "store ")
                    .doesNotContain("hub ", "store Basic bWU6cEBzcyArK8O2");
        }
    }

    @Test
    void javasOwnProxyComesBeforeTheEnvironments() throws IOException {
        try (FakeHub proxy = filled()) {
            System.setProperty("http.proxyHost", "127.0.0.1");
            System.setProperty("http.proxyPort", String.valueOf(proxy.endpoint().getPort()));
            resolve(ABSENT, Map.of("http_proxy", "127.0.0.1:1"));
            assertThat(proxy.requests).isNotEmpty();
        } finally {
            System.clearProperty("http.proxyHost");
            System.clearProperty("http.proxyPort");
        }
    }

    @Test
    void aHostOfNoProxyIsAskedItselfWithoutThePassword() throws IOException {
        try (FakeHub hub = filled()) {
            Map<String, String> environment =
                    Map.of("HTTP_PROXY", "http://me:secret@127.0.0.1:1", "NO_PROXY", "127.0.0.1");
            resolve(hub.endpoint(), environment);
            assertThat(hub.requests)
                    .isNotEmpty()
                    .allSatisfy(request -> assertThat(request.proxyUser()).isEmpty());
        }
    }

    @Test
    void anHttpsHubIsReachedByATunnelAndAProxyThatWantsAPasswordIsTold() throws Exception {
        try (ServerSocket proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> asked =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try (Socket socket = proxy.accept()) {
                                    byte[] request = new byte[2048];
                                    int length = socket.getInputStream().read(request);
                                    String answer =
                                            "HTTP/1.1 407 Proxy Authentication Required\r\n"
                                                    + "Proxy-Authenticate: Basic realm=\"x\"\r\n"
                                                    + "Content-Length: 0\r\nConnection:"
                                                    + " close\r\n\r\n";
                                    socket.getOutputStream()
                                            .write(answer.getBytes(StandardCharsets.US_ASCII));
                                    return new String(
                                            request, 0, length, StandardCharsets.US_ASCII);
                                } catch (IOException e) {
                                    return e.toString();
                                }
                            });
            String address = "127.0.0.1:" + proxy.getLocalPort();
            assertThatThrownBy(
                            () ->
                                    resolve(
                                            URI.create("https://hub.invalid"),
                                            Map.of("HTTPS_PROXY", address)))
                    .isInstanceOf(HubException.class)
                    .hasMessageContainingAll(
                            "the proxy " + address, "user and a password", "hub.invalid");
            assertThat(asked.get()).startsWith("CONNECT hub.invalid:443 HTTP/1.1");
        }
    }

    @Test
    void aProxyThatDoesNotAnswerIsNamed() {
        assertThatThrownBy(() -> resolve(ABSENT, Map.of("all_proxy", "http://me:x@127.0.0.1:1")))
                .hasMessageContaining("through the proxy 127.0.0.1:1")
                .hasMessageNotContaining("me:x");
    }

    @ParameterizedTest
    @CsvSource({"socks5://127.0.0.1:1080", "https://me:secret@proxy:3128", "http://a b"})
    void aProxyOfAnotherKindIsRefusedByTheVariablesName(String address) {
        assertThatThrownBy(() -> resolve(ABSENT, Map.of("ALL_PROXY", address)))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("ALL_PROXY")
                .hasMessageContaining("expected an HTTP proxy")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.com,http_proxy",
        "https://a.com,https_proxy",
        "ftp://a.com,all_proxy",
    })
    void theSchemeOfTheRequestChooses(String address, String expected) throws HubException {
        Map<String, String> environment =
                Map.of(
                        "http_proxy", "http://http_proxy.x",
                        "HTTP_PROXY", "http://upper.x",
                        "HTTPS_PROXY", "https_proxy.x:3128",
                        "ALL_PROXY", "http://all_proxy.x");
        Optional<URI> proxy =
                HubProxies.fromEnvironment(escaped(environment)).ofEnvironment(URI.create(address));
        assertThat(proxy.orElseThrow().getHost()).isEqualTo(expected.replace("_", "-") + ".x");
    }

    private static Map<String, String> escaped(Map<String, String> environment) {
        Map<String, String> hosts = new HashMap<>();
        environment.forEach((name, value) -> hosts.put(name, value.replace("_", "-")));
        return hosts;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://hub.example.com | example.com | true",
                "http://example.com | .example.com | true",
                "http://hub.example.com | *.example.com | true",
                "http://badexample.com | example.com | false",
                "http://HUB.example.com | other.com, Example.COM | true",
                "http://hub.example.com:8080 | hub.example.com:8080 | true",
                "http://hub.example.com:8081 | hub.example.com:8080 | false",
                "https://hub.example.com | hub.example.com:443 | true",
                "http://10.1.2.3 | 10.0.0.0/8 | true",
                "http://11.1.2.3 | 10.0.0.0/8 | false",
                "http://192.168.1.77 | 192.168.1.64/26 | true",
                "http://192.168.1.130 | 192.168.1.64/26 | false",
                "http://127.0.0.1 | 127.0.0.1 | true",
                "http://110.0.0.1 | 0.0.1 | false",
                "http://[::1]:80 | ::1 | true",
                "http://[::1]:80 | [::1]:80 | true",
                "http://anything | * | true",
                "http://anything | '' | false",
            })
    void noProxyCoversDomainsPortsAndNetworks(String address, String rule, boolean covered) {
        assertThat(NoProxy.parse(rule).covers(URI.create(address))).isEqualTo(covered);
    }

    @Test
    void settingsPrintNoPassword() throws IOException {
        HubSettings settings = settings(ABSENT, Map.of("HTTP_PROXY", "http://me:secret@host"));
        assertThat(settings.toString()).contains("http").doesNotContain("secret");
    }

    private FakeHub filled() {
        FakeHub hub = new FakeHub();
        hub.put("config.json", "{\"model_type\": \"bert\"}");
        hub.put("tokenizer.json", "{}");
        hub.files.put("model.safetensors", new byte[1000]);
        return hub;
    }

    private HubSettings settings(URI endpoint, Map<String, String> environment) throws IOException {
        HubSettings of = HubSettings.fromEnvironment(environment);
        Path cache = Files.createDirectories(folder.resolve("cache"));
        return new HubSettings(endpoint, cache, null, false, of.proxies());
    }

    private Path resolve(URI endpoint, Map<String, String> environment) throws IOException {
        return new Hub(settings(endpoint, environment), SHORT)
                .resolve("org/tiny", DownloadListener.NONE);
    }
}
