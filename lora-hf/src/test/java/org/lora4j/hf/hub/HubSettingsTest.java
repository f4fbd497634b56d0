/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("once-per-jdk")
final class HubSettingsTest {
    @TempDir Path home = Path.of("");

    private HubSettings settings(String... pairs) throws IOException {
        Map<String, String> environment = new java.util.HashMap<>(Map.of("HOME", home.toString()));
        for (int i = 0; i < pairs.length; i += 2) {
            environment.put(pairs[i], pairs[i + 1]);
        }
        return HubSettings.fromEnvironment(environment);
    }

    @Test
    void defaultsAreThoseOfHuggingfaceHub() throws IOException {
        HubSettings settings = settings();
        assertThat(settings.endpoint()).hasToString("https://huggingface.co");
        assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(settings.token()).isNull();
        assertThat(settings.offline()).isFalse();
    }

    @Test
    void theCacheIsNamedByTheNearestVariable() throws IOException {
        assertThat(settings("XDG_CACHE_HOME", "/x").cache())
                .isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(settings("XDG_CACHE_HOME", "/x", "HF_HOME", "/h").cache())
                .isEqualTo(Path.of("/h/hub"));
        assertThat(settings("HF_HOME", "/h", "HF_HUB_CACHE", "~/c").cache())
                .isEqualTo(home.resolve("c"));
        assertThat(settings("HF_HUB_CACHE", " ").cache())
                .isEqualTo(home.resolve(".cache/huggingface/hub"));
    }

    @Test
    void theTokenComesFromTheVariableOrTheFileAndIsNotPrinted() throws IOException {
        Path file = home.resolve(".cache/huggingface/token");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "hf_stored\n");
        assertThat(settings().token()).isEqualTo("hf_stored");
        assertThat(settings("HF_TOKEN", "hf_given").token()).isEqualTo("hf_given");
        assertThat(settings("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").token()).isNull();
        assertThat(settings("HF_TOKEN_PATH", home.resolve("none").toString()).token()).isNull();
        assertThat(settings().toString()).doesNotContain("hf_stored").contains("hidden");
        assertThatThrownBy(() -> settings("HF_TOKEN", "hf\r\nHost: x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("Host");
    }

    @Test
    void offlineIsSaidByEitherVariable() throws IOException {
        assertThat(settings("HF_HUB_OFFLINE", "1").offline()).isTrue();
        assertThat(settings("TRANSFORMERS_OFFLINE", "yes").offline()).isTrue();
        assertThat(settings("HF_HUB_OFFLINE", "0").offline()).isFalse();
    }

    @Test
    void theEndpointIsAWebAddress() throws IOException {
        assertThat(settings("HF_ENDPOINT", "http://localhost:8080/hf/").endpoint())
                .hasToString("http://localhost:8080/hf");
        for (String wrong : new String[] {"localhost", "ftp://x", "http://", "http://a b"}) {
            assertThatThrownBy(() -> settings("HF_ENDPOINT", wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("HF_ENDPOINT");
        }
    }

    @Test
    void modelNamesCarryTheirRevision() {
        assertThat(ModelId.parse("org/name")).isEqualTo(new ModelId("org/name", "main"));
        assertThat(ModelId.parse("gpt2@v1.0")).isEqualTo(new ModelId("gpt2", "v1.0"));
        assertThat(ModelId.parse("a/b@refs/pr/3")).hasToString("a/b@refs/pr/3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a/b/c",
                "../x",
                "/abs",
                "a/..",
                "a--b/c",
                ".hidden/x",
                "a/b@",
                "a/b@../x",
                "a/b@x//y",
                "a/b@/x",
                "a b/c",
                "a/b.git",
                "a/b@x y"
            })
    void namesThatAreNoModelsAreRefused(String name) {
        assertThatThrownBy(() -> ModelId.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected");
    }

    @Test
    void aDirectoryIsItselfAndATypingErrorIsNoModel() throws IOException {
        HubSettings offline = settings("HF_HUB_OFFLINE", "1");
        Hub hub = new Hub(offline);
        assertThat(hub.resolve(home.toString(), DownloadListener.NONE)).isEqualTo(home);
        assertThatThrownBy(() -> hub.resolve(home + "/none", DownloadListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("no such directory", "org/name");
    }

    @Test
    void aCopyStandsInForALinkWhereLinksCannotBe() throws IOException {
        Path blob = Files.writeString(home.resolve("blob"), "content");
        HubCache.copy(blob, home.resolve("file"));
        assertThat(home.resolve("file")).hasContent("content");
        assertThat(Files.isSymbolicLink(home.resolve("file"))).isFalse();
    }
}
