/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.text.TextTokenizer;

final class TextAssemblerTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final char BROKEN = '\uFFFD';

    private static JsonObject goldens() throws IOException {
        return JsonParser.parseString(Files.readString(GOLDEN.resolve("stream/cases.json")))
                .getAsJsonObject();
    }

    private static List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        goldens().getAsJsonArray("texts").forEach(text -> texts.add(text.getAsString()));
        return texts;
    }

    private static TextTokenizer tokenizer(String name) throws IOException {
        return TextTokenizer.load(GOLDEN.resolve(name));
    }

    private static TextAssembler assembler(TextTokenizer tokenizer, String... stops) {
        return TextAssembler.of(tokenizer, new StopRules(Set.of(), Set.of(), List.of(stops)));
    }

    /** The pieces, of which none may hold half a character that the text does not have broken. */
    private static List<String> pieces(TextTokenizer tokenizer, int[] ids, String... stops) {
        TextAssembler assembler = assembler(tokenizer, stops);
        List<String> pieces = new ArrayList<>();
        for (int id : ids) {
            if (!assembler.stopped()) {
                pieces.add(assembler.add(id));
            }
        }
        pieces.add(assembler.finish());
        assertThat(assembler.text()).isEqualTo(String.join("", pieces));
        return pieces;
    }

    private static int vocabulary(Path tokenizer) throws IOException {
        JsonObject json =
                JsonParser.parseString(Files.readString(tokenizer.resolve("tokenizer.json")))
                        .getAsJsonObject();
        int size = json.getAsJsonObject("model").getAsJsonObject("vocab").size();
        return size + json.getAsJsonArray("added_tokens").size();
    }

    @Test
    void textsAreThoseOfTransformers() throws IOException {
        JsonObject cases = goldens().getAsJsonObject("cases");
        for (String name : cases.keySet()) {
            try (TextTokenizer tokenizer = tokenizer(name)) {
                for (JsonElement element : cases.getAsJsonArray(name)) {
                    JsonObject golden = element.getAsJsonObject();
                    int[] ids = new Gson().fromJson(golden.get("ids"), int[].class);
                    String text = golden.get("text").getAsString();
                    assertThat(tokenizer.decode(ids, true)).as(name).isEqualTo(text);
                    assertThat(String.join("", pieces(tokenizer, ids))).as(name).isEqualTo(text);
                }
            }
        }
    }

    /** Ids at random are the hardest texts: broken bytes, special and unknown tokens, anywhere. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "stream/bytes",
                "tokenizers/roberta",
                "tokenizers/wordpiece",
                "chat/bytes",
                "chat/metaspace",
                "samples/metaspace"
            })
    void allPiecesTogetherAreTheDecodedTokens(String name) throws IOException {
        Random random = new Random(5);
        int size = vocabulary(GOLDEN.resolve(name)) + 5;
        try (TextTokenizer tokenizer = tokenizer(name)) {
            for (int trial = 0; trial < 400; trial++) {
                int[] ids = new int[random.nextInt(120)];
                // now and then of a few tokens alone, such as the bytes of a vocabulary's start
                int bound = trial % 4 == 0 ? 1 + random.nextInt(size) : size;
                Arrays.setAll(ids, i -> random.nextInt(bound));
                List<String> pieces = pieces(tokenizer, ids);
                String text = tokenizer.decode(ids, true);
                assertThat(String.join("", pieces)).as("%s", (Object) ids).isEqualTo(text);
                for (String piece : pieces) {
                    assertThat(piece.isEmpty() || !Character.isLowSurrogate(piece.charAt(0)))
                            .isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream/bytes", "chat/bytes", "chat/metaspace"})
    void noPieceHasABrokenCharacter(String name) throws IOException {
        int split = 0;
        try (TextTokenizer tokenizer = tokenizer(name)) {
            for (String text : texts()) {
                String whole = text.replace(String.valueOf(BROKEN), "?");
                int[] ids = tokenizer.encode(whole, null, 10_000).ids();
                for (int id : ids) {
                    split += tokenizer.decode(new int[] {id}).indexOf(BROKEN) >= 0 ? 1 : 0;
                }
                List<String> pieces = pieces(tokenizer, ids);

                assertThat(String.join("", pieces)).isEqualTo(tokenizer.decode(ids, true));
                for (String piece : pieces) {
                    assertThat(piece).doesNotContain(String.valueOf(BROKEN));
                }
            }
        }
        assertThat(split).as("tokens that are a part of a character").isGreaterThan(40);
    }

    @Test
    void plainTextComesAtOnce() throws IOException {
        try (TextTokenizer tokenizer = tokenizer("stream/bytes")) {
            int[] ids = tokenizer.encode("The quick brown fox", null, 100).ids();
            TextAssembler assembler = assembler(tokenizer);
            for (int i = 0; i < ids.length; i++) {
                assembler.add(ids[i]);
                assertThat(assembler.text())
                        .isEqualTo(tokenizer.decode(Arrays.copyOf(ids, i + 1), true));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream/bytes", "chat/metaspace", "tokenizers/roberta"})
    void aStopStringCutsTheTextWhereverTokensEnd(String name) throws IOException {
        Random random = new Random(6);
        int stopped = 0;
        try (TextTokenizer tokenizer = tokenizer(name)) {
            for (String text : texts()) {
                int[] ids = tokenizer.encode(text, null, 10_000).ids();
                String decoded = tokenizer.decode(ids, true);
                for (int trial = 0; trial < 40; trial++) {
                    String stop = part(decoded, random);
                    List<String> pieces = pieces(tokenizer, ids, stop, "never there");
                    assertThat(String.join("", pieces))
                            .as("%s of %s", stop, decoded)
                            .isEqualTo(decoded.substring(0, decoded.indexOf(stop)));
                    stopped += pieces.size() < ids.length ? 1 : 0;
                }
            }
        }
        assertThat(stopped).as("ended before the last token").isGreaterThan(100);
    }

    private static String part(String text, Random random) {
        int[] points = text.codePoints().toArray();
        int from = random.nextInt(points.length);
        int count = Math.min(1 + random.nextInt(6), points.length - from);
        return new String(points, from, count);
    }

    @Test
    void aStopStringOfByteTokensStopsAtOnce() throws IOException {
        try (TextTokenizer tokenizer = tokenizer("chat/metaspace")) {
            int[] ids = tokenizer.encode("answer\u0001more", null, 100).ids();
            int control = tokenizer.encode("\u0001", null, 100).ids()[1];
            assertThat(tokenizer.kinds().isByte(control)).isTrue();
            TextAssembler assembler = assembler(tokenizer, "\u0001");
            StringBuilder text = new StringBuilder();
            for (int i = 0; !assembler.stopped(); i++) {
                text.append(assembler.add(ids[i]));
                assertThat(assembler.stopped()).isEqualTo(ids[i] == control);
            }
            assertThat(text.toString()).isEqualTo("answer");
            assertThat(assembler.stopString()).hasValue("\u0001");
            assertThatThrownBy(() -> assembler.add(5)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** With cost by the square this would take minutes, not a second or two. */
    @ParameterizedTest
    @ValueSource(strings = {"stream/bytes", "chat/metaspace"})
    void theCostOfATokenDoesNotGrowWithTheText(String name) throws IOException {
        try (TextTokenizer tokenizer = tokenizer(name)) {
            int[] text = tokenizer.encode(String.join(" ", texts()), null, 100_000).ids();
            int stray = tokenizer.encode("\u00a0", null, 100).ids()[1];
            for (boolean broken : new boolean[] {false, true}) {
                TextAssembler assembler = assembler(tokenizer, "never there");
                long start = System.nanoTime();
                int tokens = 40_000;
                int length = 0;
                for (int i = 0; i < tokens; i++) {
                    length += assembler.add(broken ? stray : text[i % text.length]).length();
                }
                length += assembler.finish().length();
                assertThat(length).isEqualTo(assembler.text().length()).isGreaterThan(tokens / 4);
                assertThat((System.nanoTime() - start) / 1e9).as("seconds").isLessThan(20);
            }
        }
    }
}
