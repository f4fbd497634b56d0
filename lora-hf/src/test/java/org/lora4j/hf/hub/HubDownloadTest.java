/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HubDownloadTest {
    private static final HubHttp.Waits SHORT =
            new HubHttp.Waits(Duration.ofSeconds(5), Duration.ofSeconds(2), Duration.ofMillis(1));

    @TempDir Path folder = Path.of("");

    private final FakeHub hub = new FakeHub();
    private final byte[] weights = new byte[300_000];

    @BeforeEach
    void fill() {
        new Random(3).nextBytes(weights);
        hub.put("config.json", "{\"model_type\": \"bert\"}");
        hub.put("tokenizer.json", "{}");
        hub.put("README.md", "not needed");
        hub.files.put("model.safetensors", weights);
        hub.files.put("pytorch_model.bin", new byte[] {1});
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private Path cache() {
        return folder.resolve("cache");
    }

    private Path resolve(String model) throws IOException {
        return resolve(model, null, false);
    }

    private Path resolve(String model, @Nullable String token, boolean offline) throws IOException {
        HubSettings settings = new HubSettings(hub.endpoint(), cache(), token, offline);
        return new Hub(settings, SHORT).resolve(model, DownloadListener.NONE);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(cache())) {
            return all.filter(Files::isRegularFile)
                    .map(f -> cache().relativize(f).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aModelIsDownloadedIntoTheCachesLayout() throws IOException {
        Path snapshot = resolve("org/tiny");
        Path model = cache().resolve("models--org--tiny");
        assertThat(snapshot).isEqualTo(model.resolve("snapshots").resolve(FakeHub.COMMIT));
        try (Stream<Path> names = Files.list(snapshot)) {
            assertThat(names.map(p -> p.getFileName() + ""))
                    .containsExactlyInAnyOrder(
                            "config.json", "tokenizer.json", "model.safetensors");
        }
        assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(weights);
        assertThat(Files.readString(model.resolve("refs/main"))).isEqualTo(FakeHub.COMMIT);
        assertThat(model.resolve("blobs").resolve(FakeHub.sha256(weights)))
                .hasBinaryContent(weights);
        assertThat(
                        model.resolve("blobs")
                                .resolve(
                                        FakeHub.gitHash(
                                                Objects.requireNonNull(
                                                        hub.files.get("config.json")))))
                .exists();
        assertThat(Files.readSymbolicLink(snapshot.resolve("config.json")))
                .as("as Python links: relative, so that a cache may move")
                .isRelative();
        assertThat(files()).noneMatch(f -> f.endsWith(".incomplete") || f.endsWith(".tmp"));
    }

    @Test
    void everyFileThatTransformersWouldLoadIsDownloaded() throws IOException {
        List<String> small =
                List.of(
                        "additional_chat_templates/tool_use.jinja",
                        "chat_template.jinja",
                        "generation_config.json",
                        "1_Pooling/config.json",
                        "qwen.tiktoken");
        small.forEach(name -> hub.put(name, name));
        hub.put("modeling.py", "code");
        hub.put("data/train.json", "{}");
        Path model = resolve("org/tiny");
        for (String name : small) {
            assertThat(model.resolve(name)).hasContent(name);
        }
        assertThat(model.resolve("modeling.py")).doesNotExist();
        assertThat(model.resolve("data")).doesNotExist();
    }

    @Test
    void whatIsCompleteInTheCacheNeedsNoNetwork() throws IOException {
        Path first = resolve("org/tiny");
        int asked = hub.requests.size();
        assertThat(resolve("org/tiny")).isEqualTo(first);
        assertThat(resolve("org/tiny", null, true)).isEqualTo(first);
        assertThat(resolve("org/tiny@" + FakeHub.COMMIT, null, true)).isEqualTo(first);
        assertThat(hub.requests).hasSize(asked);
        Files.delete(first.resolve("model.safetensors"));
        assertThat(resolve("org/tiny")).isEqualTo(first);
        assertThat(hub.requestsFor("store", "GET")).as("the blob was still there").isEqualTo(1);
        assertThat(first.resolve("model.safetensors")).hasBinaryContent(weights);
    }

    @Test
    void revisionsHaveTheirOwnRefs() throws IOException {
        resolve("org/tiny@refs/pr/1");
        assertThat(cache().resolve("models--org--tiny/refs/refs/pr/1")).hasContent(FakeHub.COMMIT);
        assertThat(hub.requests.get(0).path())
                .isEqualTo("/api/models/org/tiny/revision/refs%2Fpr%2F1");
    }

    @Test
    void aCutConnectionIsResumedWhereItBroke() throws IOException {
        hub.cutAt = 100_000;
        hub.cuts.set(2);
        Path snapshot = resolve("org/tiny");
        assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(weights);
        List<String> ranges =
                hub.requests.stream()
                        .filter(r -> r.server().equals("store"))
                        .map(FakeHub.Request::range)
                        .toList();
        assertThat(ranges).hasSize(3);
        assertThat(ranges.get(0)).isEmpty();
        assertThat(ranges.get(1)).matches("bytes=[1-9][0-9]*-");
    }

    @Test
    void aTransferThatGoesSilentIsResumed() throws IOException {
        hub.cutAt = 100_000;
        hub.cuts.set(1);
        hub.stalls = true;
        HubHttp.Waits impatient =
                new HubHttp.Waits(
                        Duration.ofSeconds(5), Duration.ofMillis(300), Duration.ofMillis(1));
        Path snapshot =
                new Hub(new HubSettings(hub.endpoint(), cache(), null, false), impatient)
                        .resolve("org/tiny", DownloadListener.NONE);
        assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(weights);
        assertThat(hub.requestsFor("store", "GET")).isEqualTo(2);
    }

    @Test
    void theHubsWordCountsNotThatOfAStoreOnTheSameHost() throws IOException {
        hub.redirectTo = "/lfs/model.safetensors";
        resolve("org/tiny");
        assertThat(cache().resolve("models--org--tiny/blobs").resolve(FakeHub.sha256(weights)))
                .hasBinaryContent(weights);
    }

    @Test
    void aServerWithoutRangesStartsAgain() throws IOException {
        hub.cutAt = 100_000;
        hub.cuts.set(1);
        hub.ranges = false;
        assertThat(resolve("org/tiny").resolve("model.safetensors")).hasBinaryContent(weights);
    }

    @Test
    void aLaterRunGoesOnFromWhatAnEarlierOneLeft() throws IOException {
        hub.cutAt = 1000;
        hub.cuts.set(1000);
        hub.ranges = false;
        assertThatThrownBy(() -> resolve("org/tiny"))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll("model.safetensors", "broke off", "run again");
        assertThat(files()).anyMatch(f -> f.endsWith(".incomplete"));
        assertThat(cache().resolve("models--org--tiny/refs/main")).doesNotExist();
        hub.cuts.set(0);
        hub.ranges = true;
        int before = hub.requests.size();
        assertThat(resolve("org/tiny").resolve("model.safetensors")).hasBinaryContent(weights);
        assertThat(hub.requests.subList(before, hub.requests.size()))
                .anyMatch(r -> r.range().matches("bytes=[1-9][0-9]*-"));
        assertThat(files()).noneMatch(f -> f.endsWith(".incomplete"));
    }

    @Test
    void anInterruptEndsADownloadInWordsAndKeepsWhatCame() throws IOException {
        hub.cutAt = 100_000;
        hub.cuts.set(1);
        hub.stalls = true;
        Hub downloads = new Hub(new HubSettings(hub.endpoint(), cache(), null, false), SHORT);
        assertThatThrownBy(
                        () ->
                                downloads.resolve(
                                        "org/tiny",
                                        progress -> {
                                            if (progress.file().equals("model.safetensors")) {
                                                Thread.currentThread().interrupt();
                                            }
                                        }))
                .isInstanceOf(InterruptedIOException.class)
                .hasMessage("the download was interrupted");
        assertThat(Thread.interrupted()).isTrue();
        hub.stalls = false;
        int before = hub.requests.size();
        assertThat(resolve("org/tiny").resolve("model.safetensors")).hasBinaryContent(weights);
        assertThat(hub.requests.size()).isGreaterThan(before);
    }

    @Test
    void anInterruptedThreadStillFinishesAFileThatIsWhole() throws IOException {
        String etag = FakeHub.sha256(weights);
        Path blobs = Files.createDirectories(cache().resolve("blobs"));
        Files.write(blobs.resolve(etag + ".lora4j.incomplete"), weights);
        HubSettings settings = new HubSettings(hub.endpoint(), cache(), null, false);
        HubHttp http = new HubHttp(settings, SHORT);
        BlobDownload download =
                new BlobDownload(
                        http,
                        new HubApi(http, settings),
                        ModelId.parse("org/tiny"),
                        new RemoteFile(
                                "x", etag, weights.length, URI.create(hub.endpoint() + "/x")),
                        new DownloadMeter(DownloadListener.NONE, "org/tiny", "x", 1, 1));
        Thread.currentThread().interrupt();
        try {
            assertThat(download.into(blobs, cache().resolve("locks"))).hasBinaryContent(weights);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aBrokenPartialFileIsThrownAwayAndFetchedAgain() throws IOException {
        Path blobs = Files.createDirectories(cache().resolve("models--org--tiny/blobs"));
        String partial = FakeHub.sha256(weights) + ".lora4j.incomplete";
        Files.write(blobs.resolve(partial), new byte[500]);
        assertThat(resolve("org/tiny").resolve("model.safetensors")).hasBinaryContent(weights);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "tokenizer.json"})
    void aWrongChecksumIsRefusedAndLeavesNothing(String name) throws IOException {
        hub.wrongEtagOf = name;
        assertThatThrownBy(() -> resolve("org/tiny"))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll(name, "checksum expected 000", "deleted");
        assertThat(files()).noneMatch(f -> f.contains("/000") && f.contains("blobs"));
        assertThat(files()).noneMatch(f -> f.endsWith(name) || f.endsWith("refs/main"));
    }

    @ParameterizedTest
    @CsvSource({
        "401, '', private or gated; HF_TOKEN",
        "401, GatedRepo, accept the terms; /org/tiny",
        "403, '', accept the terms; HF_TOKEN",
        "404, RepoNotFound, no such model; check the name",
        "404, RevisionNotFound, no revision 'main'; /org/tiny",
        "500, '', the hub failed; HTTP 500: said by the hub"
    })
    void refusalsSayWhatToDo(int status, String code, String expected) throws IOException {
        hub.refuse = status;
        hub.errorCode = code;
        assertThatThrownBy(() -> resolve("org/tiny"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("model org/tiny")
                .hasMessageContainingAll(expected.split("; ", -1));
    }

    @Test
    void aTokenThatIsNotAcceptedIsSaidAndNeverShown() {
        hub.refuse = 401;
        assertThatThrownBy(() -> resolve("org/tiny", "hf_secret", false))
                .hasMessageContaining("token is not accepted")
                .hasMessageNotContaining("hf_secret");
    }

    @Test
    void theTokenGoesToTheEndpointOnly() throws IOException {
        resolve("org/tiny", "hf_secret", false);
        assertThat(hub.requests)
                .filteredOn(r -> r.server().equals("hub"))
                .isNotEmpty()
                .allMatch(r -> r.token().equals("Bearer hf_secret"));
        assertThat(hub.requests)
                .filteredOn(r -> r.server().equals("store"))
                .isNotEmpty()
                .allMatch(r -> r.token().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http:///x", "", "http://["})
    void redirectsToAnythingButTheWebAreRefused(String to) {
        hub.redirectTo = to;
        assertThatThrownBy(() -> resolve("org/tiny"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("redirects to");
    }

    @Test
    void redirectsInACircleEnd() {
        String path = "/org/tiny/resolve/" + FakeHub.COMMIT + "/model.safetensors";
        hub.redirectTo = hub.endpoint() + path;
        assertThatThrownBy(() -> resolve("org/tiny"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("more than 10 redirects");
    }

    @Test
    void aBusyHubIsAskedAgain() throws IOException {
        hub.busy.set(2);
        assertThat(resolve("org/tiny")).isDirectory();
    }

    private void shard() {
        hub.files.remove("model.safetensors");
        hub.files.put("model-00001-of-00002.safetensors", new byte[] {1, 2, 3});
        hub.files.put("model-00002-of-00002.safetensors", new byte[] {4, 5});
        hub.put(
                "model.safetensors.index.json",
                "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\":"
                        + " \"model-00002-of-00002.safetensors\", \"c\":"
                        + " \"model-00001-of-00002.safetensors\"}}");
    }

    @Test
    void aShardedModelBringsItsIndexAndEveryShard() throws IOException {
        shard();
        Path snapshot = resolve("org/tiny");
        assertThat(snapshot.resolve("model-00001-of-00002.safetensors"))
                .hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(snapshot.resolve("model-00002-of-00002.safetensors"))
                .hasBinaryContent(new byte[] {4, 5});
        Files.delete(snapshot.resolve("model-00002-of-00002.safetensors"));
        assertThatThrownBy(() -> resolve("org/tiny", null, true))
                .as("a shard is missing")
                .isInstanceOf(HubException.class);
        assertThat(resolve("org/tiny")).isEqualTo(snapshot);
        assertThat(snapshot.resolve("model-00002-of-00002.safetensors")).exists();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../evil.safetensors",
                "/etc/evil",
                "a\\\\..\\\\b",
                "a/../b",
                "C:evil",
                "",
                ".x"
            })
    void fileNamesFromTheServerStayInTheDirectory(String name) throws IOException {
        shard();
        hub.put("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"" + name + "\"}}");
        assertThatThrownBy(() -> resolve("org/tiny"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("is refused");
        assertThat(folder.resolve("evil.safetensors")).doesNotExist();
    }

    @Test
    void pickledWeightsAreDownloadedWhereThereIsNoSafetensors() throws IOException {
        hub.files.remove("model.safetensors");
        Path snapshot = resolve("org/tiny");
        assertThat(snapshot.resolve("pytorch_model.bin")).hasBinaryContent(new byte[] {1});
        assertThat(resolve("org/tiny", null, true)).isEqualTo(snapshot);
    }

    @Test
    void shardsOfPickledWeightsAreDownloadedWithTheirIndex() throws IOException {
        hub.files.remove("model.safetensors");
        hub.files.remove("pytorch_model.bin");
        hub.files.put("pytorch_model-00001-of-00002.bin", new byte[] {1, 2});
        hub.files.put("pytorch_model-00002-of-00002.bin", new byte[] {3});
        hub.put(
                "pytorch_model.bin.index.json",
                "{\"weight_map\": {\"a\": \"pytorch_model-00001-of-00002.bin\", \"b\":"
                        + " \"pytorch_model-00002-of-00002.bin\"}}");
        Path snapshot = resolve("org/tiny");
        assertThat(snapshot.resolve("pytorch_model-00001-of-00002.bin"))
                .hasBinaryContent(new byte[] {1, 2});
        assertThat(snapshot.resolve("pytorch_model-00002-of-00002.bin"))
                .hasBinaryContent(new byte[] {3});
        Files.delete(snapshot.resolve("pytorch_model-00002-of-00002.bin"));
        assertThatThrownBy(() -> resolve("org/tiny", null, true)).isInstanceOf(HubException.class);
    }

    @Test
    void modelsWithoutWeightsOrConfigAreRefused() {
        hub.files.remove("model.safetensors");
        hub.files.remove("pytorch_model.bin");
        hub.put("tiny.gguf", "GGUF");
        assertThatThrownBy(() -> resolve("org/tiny"))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll("no model.safetensors", "only tiny.gguf");
        hub.files.remove("config.json");
        assertThatThrownBy(() -> resolve("org/tiny")).hasMessageContaining("no config.json");
    }

    @Test
    void offlineAndUnreachableNameThreeWaysOut() {
        String[] said = {
            "org/absent",
            "models--org--absent",
            "hf download org/absent",
            "HF_HUB_CACHE",
            "config.json, tokenizer.json and model.safetensors"
        };
        assertThatThrownBy(() -> resolve("org/absent", null, true))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll(said)
                .hasMessageContaining("HF_HUB_OFFLINE");
        assertThat(hub.requests).isEmpty();
        hub.close();
        assertThatThrownBy(() -> resolve("org/absent"))
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll(said)
                .hasMessageContaining("cannot be reached");
    }

    @Test
    void aSilentServerIsGivenUp() throws IOException {
        try (java.net.ServerSocket silent = new java.net.ServerSocket(0)) {
            URI address = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            HubHttp.Waits impatient =
                    new HubHttp.Waits(
                            Duration.ofSeconds(1), Duration.ofMillis(50), Duration.ofMillis(1));
            Hub quiet = new Hub(new HubSettings(address, cache(), null, false), impatient);
            assertThatThrownBy(() -> quiet.resolve("org/tiny", DownloadListener.NONE))
                    .isInstanceOf(HubException.class)
                    .hasMessageContaining("cannot be reached");
        }
    }

    @Test
    void progressIsToldFromTheStartToTheEnd() throws IOException {
        List<DownloadProgress> told = new ArrayList<>();
        new Hub(new HubSettings(hub.endpoint(), cache(), null, false), SHORT)
                .resolve("org/tiny", told::add);
        List<DownloadProgress> last =
                told.stream().filter(p -> p.file().equals("model.safetensors")).toList();
        assertThat(last.get(0).bytes()).isZero();
        DownloadProgress end = last.get(last.size() - 1);
        assertThat(end.bytes()).isEqualTo(weights.length);
        assertThat(end.totalBytes()).isEqualTo(weights.length);
        assertThat(end.fileNumber()).isEqualTo(3);
        assertThat(end.fileCount()).isEqualTo(3);
        assertThat(end.bytesPerSecond()).isPositive();
    }

    @Test
    void manyDownloadsOfOneModelAtOnceFetchItOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Path>> jobs = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                jobs.add(() -> resolve("org/tiny"));
            }
            for (var done : threads.invokeAll(jobs)) {
                assertThat(done.get().resolve("model.safetensors")).hasBinaryContent(weights);
            }
        } finally {
            threads.shutdown();
        }
        assertThat(hub.requestsFor("store", "GET")).isEqualTo(1);
    }
}
