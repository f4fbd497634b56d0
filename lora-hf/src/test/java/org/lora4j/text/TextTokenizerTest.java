/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.text.tokenizer.UnicodeText;

final class TextTokenizerTest {
    @TempDir Path folder = Path.of("");

    static Path golden(String name) {
        try {
            URL url = TextTokenizerTest.class.getResource("/golden/tokenizers/" + name);
            return Path.of(Objects.requireNonNull(url, name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A line of cases.json. */
    static final class Case {
        String text = "";
        @Nullable String pair;

        @SerializedName("max_length")
        int maxLength;

        int[] ids = {};

        @SerializedName("type_ids")
        int[] typeIds = {};
    }

    private static List<Case> cases(String name) throws IOException {
        String json = Files.readString(golden(name).resolve("cases.json"));
        return List.of(new Gson().fromJson(json, Case[].class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"wordpiece", "roberta"})
    void idsAndTypesAreThoseOfTransformersTruncatedOrNot(String name) throws IOException {
        int cut = 0;
        int pairsCut = 0;
        try (TextTokenizer tokenizer = TextTokenizer.load(golden(name))) {
            for (Case c : cases(name)) {
                TokenizedExample mine = tokenizer.encode(c.text, c.pair, c.maxLength);
                assertThat(mine.ids()).as("%s | %s", c.text, c.pair).isEqualTo(c.ids);
                assertThat(mine.typeIds()).isEqualTo(c.typeIds);
                if (mine.truncated() > 0) {
                    assertThat(mine.length()).isEqualTo(c.maxLength);
                    cut++;
                    pairsCut += c.pair == null ? 0 : 1;
                }
            }
        }
        assertThat(cut - pairsCut).as("single texts that were cut").isGreaterThan(5);
        assertThat(pairsCut).as("pairs that were cut").isGreaterThan(15);
    }

    @Test
    void whatTheFileSaysOfTruncationAndPaddingIsLeftOut() throws IOException {
        String json = Files.readString(golden("wordpiece").resolve("tokenizer.json"));
        assertThat(json).contains("\"max_length\":8").contains("\"Fixed\":16");
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("wordpiece"))) {
            assertThat(tokenizer.encode("acting sound", null, 512).length()).isEqualTo(4);
            TokenizedExample longer = tokenizer.encode("acting sound ".repeat(1000), null, 5000);
            assertThat(longer.length()).isEqualTo(2002);
            assertThat(longer.truncated()).isZero();
        }
    }

    @Test
    void settingsComeFromStringsAndObjectsAlike() throws IOException {
        try (TextTokenizer wordpiece = TextTokenizer.load(golden("wordpiece"));
                TextTokenizer roberta = TextTokenizer.load(golden("roberta"))) {
            assertThat(wordpiece.maxLength()).hasValue(512);
            assertThat(roberta.maxLength()).as("1e30 means none").isEmpty();
            assertThat(wordpiece.padId()).hasValue(0);
            assertThat(roberta.padId()).hasValue(1);
            assertThat(wordpiece.specialTokens(false)).isEqualTo(2);
            assertThat(wordpiece.specialTokens(true)).isEqualTo(3);
            assertThat(roberta.specialTokens(true)).isEqualTo(4);
        }
    }

    @Test
    void aLengthWithoutRoomForTheTextIsRefused() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("wordpiece"))) {
            assertThat(tokenizer.encode("the film", null, 3).length()).isEqualTo(3);
            assertThatThrownBy(() -> tokenizer.encode("the film", null, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("max length 2", "at least 3");
            assertThatThrownBy(() -> tokenizer.encode("the", "film", 3))
                    .hasMessageContaining("at least 4");
        }
    }

    @Test
    void halfASurrogatePairIsOneReplacementCharacter() throws IOException {
        assertThat(UnicodeText.wellFormed("a\uD83Db\uDE00\uD83D\uDE00"))
                .isEqualTo("a\uFFFDb\uFFFD\uD83D\uDE00");
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("roberta"))) {
            assertThat(tokenizer.encode("x\uD83D", null, 64).ids())
                    .isEqualTo(tokenizer.encode("x\uFFFD", null, 64).ids())
                    .isNotEqualTo(tokenizer.encode("x\uFFFD\uFFFD\uFFFD", null, 64).ids());
        }
    }

    @Test
    void missingAndBrokenFilesAreNamed() throws IOException {
        assertThatThrownBy(() -> TextTokenizer.load(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tokenizer.json: no such file");
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n");
        assertThatThrownBy(() -> TextTokenizer.load(folder)).hasMessageContaining("Convert");
        assertThatThrownBy(() -> TextTokenizer.load(folder.resolve("none")))
                .hasMessageContaining("no such directory");
        for (String broken : List.of("", "[]", "{\"model\": 3}", "{\"added_tokens\": [1]}", "x")) {
            Files.writeString(folder.resolve("tokenizer.json"), broken);
            assertThatThrownBy(() -> TextTokenizer.load(folder))
                    .as(broken)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("tokenizer.json");
        }
        Files.copy(
                golden("wordpiece").resolve("tokenizer.json"),
                folder.resolve("tokenizer.json"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": ");
        assertThatThrownBy(() -> TextTokenizer.load(folder))
                .hasMessageContaining("tokenizer_config.json");
        Files.delete(folder.resolve("tokenizer_config.json"));
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
            assertThat(tokenizer.maxLength()).isEmpty();
            assertThat(tokenizer.padId()).as("from the file's own padding").hasValue(0);
        }
    }

    @Test
    void manyThreadsShareOneTokenizer() throws Exception {
        List<Case> cases = cases("wordpiece");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("wordpiece"))) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                Case c = cases.get(i % cases.size());
                done.add(
                        threads.submit(
                                () ->
                                        assertThat(
                                                        tokenizer
                                                                .encode(c.text, c.pair, c.maxLength)
                                                                .ids())
                                                .isEqualTo(c.ids)));
            }
            for (Future<?> one : done) {
                one.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aDatasetCountsWhatWasCutAndPadsItsBatches() throws IOException {
        List<TextExample> rows =
                List.of(
                        new TextExample(2, "and acting sound film", null, null),
                        new TextExample(3, "sound", null, null),
                        new TextExample(4, "and", "acting", null));
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("wordpiece"))) {
            TokenizedDataset dataset = TokenizedDataset.of(rows, "rows", tokenizer, 5, 77);
            assertThat(dataset.size()).isEqualTo(3);
            assertThat(dataset.truncated()).isEqualTo(1);
            assertThat(dataset.lengths()).containsExactly(5, 3, 5);
            int[] first = dataset.get(1).ids();
            int[] second = dataset.get(2).ids();
            PaddedBatch batch = dataset.batch(new int[] {1, 2});
            assertThat(batch.rows()).isEqualTo(2);
            assertThat(batch.columns()).isEqualTo(5);
            assertThat(batch.indices()).containsExactly(1, 2);
            assertThat(batch.lengths()).containsExactly(3, 5);
            assertThat(batch.ids())
                    .containsExactly(
                            first[0], first[1], first[2], 77, 77, second[0], second[1], second[2],
                            second[3], second[4]);
            assertThat(batch.attentionMask()).containsExactly(1, 1, 1, 0, 0, 1, 1, 1, 1, 1);
            assertThat(batch.typeIds()).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 1, 1);
        }
    }
}
