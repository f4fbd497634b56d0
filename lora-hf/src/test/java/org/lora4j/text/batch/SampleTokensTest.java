/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.sample.PlainText;
import org.lora4j.text.sample.PromptCompletion;
import org.lora4j.text.sample.TrainingSample;

public final class SampleTokensTest {
    public static Path golden(String name) {
        try {
            URL url = SampleTokensTest.class.getResource("/golden/samples/" + name);
            return Path.of(Objects.requireNonNull(url, name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A line of cases.json. */
    static final class Case {
        @Nullable String text;
        String prompt = "";
        String completion = "";
        int[] ids = {};
        int[] learnt = {};

        TrainingSample sample() {
            return text == null
                    ? new PromptCompletion(1, prompt, completion)
                    : new PlainText(1, text);
        }
    }

    private static List<Case> cases(String name) throws IOException {
        String json = Files.readString(golden(name).resolve("cases.json"));
        return List.of(new Gson().fromJson(json, Case[].class));
    }

    private static int[] marks(SampleTokens tokens) {
        int[] marks = new int[tokens.length()];
        Arrays.setAll(marks, i -> tokens.learnt()[i] ? 1 : 0);
        return marks;
    }

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "metaspace", "ends-itself"})
    void idsAndWhatIsLearntAreThoseOfTrl(String name) throws IOException {
        int straddled = 0;
        try (TextTokenizer tokenizer = TextTokenizer.load(golden(name))) {
            for (Case c : cases(name)) {
                SampleTokens mine = c.sample().tokens(tokenizer, LossOn.COMPLETION).get(0);
                assertThat(mine.ids())
                        .as("%s|%s|%s", c.text, c.prompt, c.completion)
                        .isEqualTo(c.ids);
                assertThat(marks(mine)).as("%s|%s", c.prompt, c.completion).isEqualTo(c.learnt);
                SampleTokens all = c.sample().tokens(tokenizer, LossOn.ALL).get(0);
                assertThat(all.ids()).isEqualTo(c.ids);
                assertThat(marks(all)).containsOnly(1);
                straddled += mine.straddled() ? 1 : 0;
            }
        }
        assertThat(straddled).as("samples with a token across the boundary").isBetween(3, 60);
    }

    @Test
    void aPromptThatEndsInASpaceLosesNoWordOfItsCompletion() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("byte-level"))) {
            SampleTokens joined =
                    new PromptCompletion(1, "Sentiment : ", "positive")
                            .tokens(tokenizer, LossOn.COMPLETION)
                            .get(0);
            SampleTokens apart =
                    new PromptCompletion(1, "Sentiment :", " positive")
                            .tokens(tokenizer, LossOn.COMPLETION)
                            .get(0);
            assertThat(joined.ids()).isEqualTo(apart.ids());
            assertThat(joined.learnt()).isEqualTo(apart.learnt());
            assertThat(joined.straddled()).isTrue();
            assertThat(apart.straddled()).isFalse();
            assertThat(apart.lossTerms()).as("the word and the end").isGreaterThan(1);
        }
    }

    @Test
    void anEmptyCompletionTeachesToEnd() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("metaspace"))) {
            SampleTokens tokens =
                    new PromptCompletion(1, "Review :", "")
                            .tokens(tokenizer, LossOn.COMPLETION)
                            .get(0);
            int last = tokens.length() - 1;
            assertThat(tokens.ids()[0]).as("begin token").isEqualTo(1);
            assertThat(tokens.ids()[last]).isEqualTo(tokenizer.endId().orElseThrow());
            assertThat(tokens.lossTerms()).isEqualTo(1);
            assertThat(tokens.learnt()[last]).isTrue();
        }
    }

    @Test
    void halvesOfASurrogatePairAreReadAsReplacementCharacters() throws IOException {
        try (TextTokenizer tokenizer = TextTokenizer.load(golden("byte-level"))) {
            SampleTokens broken =
                    new PromptCompletion(1, "a\uD83D", " b")
                            .tokens(tokenizer, LossOn.COMPLETION)
                            .get(0);
            SampleTokens replaced =
                    new PromptCompletion(1, "a\uFFFD", " b")
                            .tokens(tokenizer, LossOn.COMPLETION)
                            .get(0);
            assertThat(broken.ids()).isEqualTo(replaced.ids());
        }
    }

    @Test
    void theFirstTokenIsNoLossTerm() {
        SampleTokens one = new SampleTokens(new int[] {7}, new boolean[] {true}, false);
        assertThat(one.lossTerms()).isZero();
        boolean[] three = new boolean[3];
        assertThatThrownBy(() -> new SampleTokens(new int[] {7}, three, false))
                .hasMessageContaining("learnt 3");
    }
}
