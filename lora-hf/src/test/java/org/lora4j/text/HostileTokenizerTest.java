/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizer files and texts at which the native tokenizer ends the process. */
final class HostileTokenizerTest {
    @TempDir Path folder = Path.of("");

    private static JsonObject base(String kind) throws IOException {
        String name = "/golden/tokenizer-classes/" + kind + ".json";
        try (InputStream in = HostileTokenizerTest.class.getResourceAsStream(name)) {
            byte[] bytes = Objects.requireNonNull(in, name).readAllBytes();
            return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8))
                    .getAsJsonObject();
        }
    }

    private Path write(String text) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), text);
        return folder;
    }

    private void assertRefused(String text, String... words) throws IOException {
        Path directory = write(text);
        assertThatThrownBy(() -> TextTokenizer.load(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.resolve("tokenizer.json").toString())
                .satisfies(e -> assertThat(e.getMessage()).contains(List.of(words)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "post_processor | {\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
                        + "{\"id\":\"q\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}} | q",
                "post_processor | {\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":"
                        + "{\"id\":\"B\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}} | B",
                "normalizer | {\"type\":\"Precompiled\",\"precompiled_charsmap\":\"\"} | charsmap",
                "normalizer | {\"type\":\"Precompiled\",\"precompiled_charsmap\":\"BAAAAAAAAABh\"}"
                        + " | damaged",
                "normalizer | {\"type\":\"Prepend\",\"prepend\":\"\"} | prepend",
                "normalizer |"
                    + " {\"type\":\"Replace\",\"pattern\":{\"String\":\"\"},\"content\":\"x\"} |"
                    + " between characters",
                "normalizer |"
                    + " {\"type\":\"Replace\",\"pattern\":{\"Regex\":\"^\"},\"content\":\"x\"} |"
                    + " between characters",
                "normalizer | {\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(a+)+\"},\"content\":"
                        + "\"x\"} | repeats a part",
                "pre_tokenizer | {\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s*x\"},"
                        + "\"behavior\":\"Isolated\",\"invert\":false} | times each",
                "pre_tokenizer | {\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},"
                        + "\"behavior\":\"Isolated\",\"invert\":false} | cannot be checked",
                "pre_tokenizer | {\"type\":\"Spaceship\"} | Spaceship",
                "decoder | {\"type\":\"Sequence\"} | decoders",
                "decoder | 3 | an object",
                "added_tokens | [{\"id\":-1,\"content\":\"q\"}] | from 0"
            })
    void aPartThatEndsTheProcessIsRefusedByName(String field, String part, String word)
            throws IOException {
        JsonObject json = base("bytes");
        json.add(field, JsonParser.parseString(part));
        assertRefused(json.toString(), field, word);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bytes | continuing_subword_prefix | \"much too long\" | merges",
                "bytes | merges | [[\"no\", \"such\"]] | not in the vocab",
                "bytes | merges | [\"a b c\"] | merges",
                "bytes | vocab | {\"a\": -1} | model.vocab.a",
                "bytes | vocab | {\"a\": 4294967296} | model.vocab.a",
                "bytes | dropout | 2 | dropout",
                "bytes | type | \"Bigram\" | Bigram",
                "unigram | unk_id | 9999 | unk_id",
                "unigram | vocab | [[\"a\"]] | tokenizer.json",
                "unigram | vocab | [[\"a\", 1e999]] | number",
                "wordpiece | max_input_chars_per_word | 1000000000 | max_input_chars_per_word",
                "wordpiece | unk_token | null | unk_token"
            })
    void aModelThatEndsTheProcessIsRefusedByName(
            String kind, String field, String value, String word) throws IOException {
        JsonObject json = base(kind);
        json.getAsJsonObject("model").add(field, JsonParser.parseString(value));
        assertRefused(json.toString(), word);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}", "{\"model\":{}}", "{\"model\":3}", "null", "\"\""})
    void aFileThatIsNoTokenizerIsRefused(String text) throws IOException {
        assertRefused(text, "tokenizer.json");
    }

    @Test
    void aDeeplyNestedFileIsRefused() throws IOException {
        assertRefused("{\"normalizer\":" + "[".repeat(100_000), "tokenizer.json");
    }

    @Test
    void halfACharacterIsRefused() throws IOException {
        JsonObject json = base("bytes");
        json.add("added_tokens", JsonParser.parseString("[{\"id\":3,\"content\":\"HALF\"}]"));
        assertRefused(json.toString().replace("HALF", "\\ud800"), "surrogate");
    }

    @Test
    void aPieceThatIsTooLongIsRefused() throws IOException {
        JsonObject json = base("unigram");
        json.getAsJsonObject("model")
                .add("vocab", JsonParser.parseString("[[\"" + "a".repeat(5000) + "\", 0]]"));
        assertRefused(json.toString(), "5000");
    }

    @Test
    void aDecoderThatStripsEndsIsTheSameWithoutItsFault() throws IOException {
        JsonObject json = base("bytes");
        json.add(
                "decoder",
                JsonParser.parseString(
                        "{\"type\":\"Strip\",\"content\":\"o\",\"start\":0,\"stop\":2}"));
        try (TextTokenizer tokenizer = TextTokenizer.load(write(json.toString()))) {
            int o = tokenizer.encode("o", null, 9).ids()[0];
            assertThat(tokenizer.decode(new int[] {o})).isEmpty();
            assertThat(tokenizer.decode(new int[0])).isEmpty();
        }
    }

    @Test
    void aTextThatBacktracksTooFarIsRefused() throws IOException {
        JsonObject json = base("bytes");
        try (TextTokenizer tokenizer = TextTokenizer.load(write(json.toString()))) {
            String blanks = " ".repeat(10_000_000);
            assertThatThrownBy(() -> tokenizer.encode(blanks, null, 512))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("10000000 characters");
            assertThat(tokenizer.encode(" ".repeat(100_000), null, 512).length()).isEqualTo(512);
        }
    }

    private static RuntimeException endless(CountDownLatch started, Runnable call) {
        try {
            while (true) {
                call.run();
                started.countDown();
            }
        } catch (RuntimeException e) {
            return e;
        }
    }

    @Test
    void closingWaitsForCallsAndEndsLaterOnes() throws Exception {
        Path directory = write(base("bytes").toString());
        for (int round = 0; round < 5; round++) {
            TextTokenizer tokenizer = TextTokenizer.load(directory);
            CountDownLatch started = new CountDownLatch(20);
            int[] ids = tokenizer.encode("fog over the harbour", null, 64).ids();
            CompletableFuture<RuntimeException> encodes =
                    CompletableFuture.supplyAsync(
                            () ->
                                    endless(
                                            started,
                                            () -> tokenizer.encode("fog and boats", null, 64)));
            CompletableFuture<RuntimeException> decodes =
                    CompletableFuture.supplyAsync(
                            () -> endless(started, () -> tokenizer.decode(ids)));
            started.await();
            tokenizer.close();
            tokenizer.close();
            for (CompletableFuture<RuntimeException> each : List.of(encodes, decodes)) {
                try {
                    assertThat(each.join())
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessage("the tokenizer is closed");
                } catch (CompletionException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    @Test
    void aProbeTriesTheTokenizerInAnotherProcess() throws IOException {
        Path good = write(base("bytes").toString());
        TokenizerProbe.run(good, Duration.ofMinutes(1));
        assertThatThrownBy(() -> TokenizerProbe.run(good, Duration.ofMillis(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("tokenizer.json", "not used");
        write("{\"model\":3}");
        assertThatThrownBy(() -> TokenizerProbe.run(good, Duration.ofMinutes(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tokenizer.json");
    }
}
