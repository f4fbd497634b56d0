/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;

/** Texts are those of transformers, whatever they are generated with and however they end. */
final class TextGeneratorTest {
    /** Logits that are closer may change places. */
    private static final double TIE = 1e-3;

    @TempDir Path folder;

    static List<GenerationGolden> goldens() {
        return GenerationGolden.all();
    }

    static List<GenerationGolden> adapted() {
        return goldens().stream().filter(golden -> golden.adapted() != null).toList();
    }

    private static GenerationConfig config(int maxNewTokens) {
        return GenerationConfig.builder().optMaxNewTokens(maxNewTokens).build();
    }

    private static void assertTexts(
            List<Generation> found, int[][] expected, double[][] margins, String what) {
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            List<Integer> ids = found.get(i).generatedIds();
            List<Integer> theirs = Arrays.stream(expected[i]).boxed().toList();
            int same = 0;
            while (same < Math.min(ids.size(), theirs.size())
                    && ids.get(same).equals(theirs.get(same))) {
                same++;
            }
            if (same < theirs.size() && margins[i][same] < TIE) {
                continue;
            }
            assertThat(ids).as("%s, text %d", what, i).isEqualTo(theirs);
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theBestTokensAreTransformers(GenerationGolden golden) throws IOException {
        GenerationConfig config = config(golden.maxNewTokens());
        try (LoraModel model = golden.load(folder)) {
            TextGenerator generator = TextGenerator.of(model);
            List<int[]> prompts = List.of(golden.prompts());
            assertTexts(
                    generator.generateIds(prompts, config),
                    golden.generated(),
                    golden.margins(),
                    "in a batch");
            assertTexts(
                    generator.withBatchSize(3).generateIds(prompts, config),
                    golden.generated(),
                    golden.margins(),
                    "in two batches");
            assertTexts(
                    prompts.stream().map(prompt -> generator.generate(prompt, config)).toList(),
                    golden.generated(),
                    golden.margins(),
                    "alone");
        }
    }

    private LoraModel withAdapter(GenerationGolden golden) throws IOException {
        LoraModel model = golden.load(folder);
        model.loadAdapter("default", DecoderGolden.file(golden.model() + "-adapter"));
        return model;
    }

    private static List<Generation> texts(LoraModel model, GenerationGolden golden) {
        return TextGenerator.of(model)
                .generateIds(List.of(golden.prompts()), config(golden.maxNewTokens()));
    }

    @ParameterizedTest
    @MethodSource("adapted")
    void anAdapterMakesPeftsTextsUnmergedMergedAndUnloaded(GenerationGolden golden)
            throws IOException {
        int[][] base = golden.generated();
        int[][] adapted = golden.adapted();
        assertThat(Arrays.deepEquals(adapted, base))
                .as("the adapter changes nothing") // this Gemma repeats the last token either way
                .isEqualTo(golden.name().equals("gemma2"));
        try (LoraModel model = withAdapter(golden)) {
            assertTexts(texts(model, golden), adapted, golden.adaptedMargins(), "adapted");
            try (ActiveAdapters.Scope none = model.use(AdapterSelection.none())) {
                assertTexts(texts(model, golden), base, golden.margins(), "disabled");
            }
            model.mergeAdapter();
            assertTexts(texts(model, golden), adapted, golden.adaptedMargins(), "merged");
            try (ActiveAdapters.Scope none = model.use(AdapterSelection.none())) {
                assertTexts(texts(model, golden), base, golden.margins(), "merged, disabled");
            }
            model.unmergeAdapter();
            assertTexts(texts(model, golden), adapted, golden.adaptedMargins(), "unmerged");
            try (LoraModel plain = model.mergeAndUnload()) {
                assertTexts(texts(plain, golden), adapted, golden.adaptedMargins(), "unloaded");
            }
        }
    }

    private static GenerationGolden golden(String name) {
        return goldens().stream().filter(g -> g.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void threadsWithOtherAdaptersGetWhatEachGetsAlone() throws Exception {
        GenerationGolden golden = golden("llama");
        try (LoraModel model = withAdapter(golden)) {
            model.mergeAdapter(); // one thread reads the merged weights, another the base's
            ExecutorService threads = Executors.newFixedThreadPool(3);
            try {
                List<Future<List<List<Generation>>>> done = new ArrayList<>();
                for (AdapterSelection own :
                        List.of(
                                AdapterSelection.none(),
                                AdapterSelection.of("default"),
                                AdapterSelection.none())) {
                    Callable<List<List<Generation>>> task =
                            () -> {
                                List<List<Generation>> all = new ArrayList<>();
                                try (ActiveAdapters.Scope use = model.use(own)) {
                                    for (int i = 0; i < 5; i++) {
                                        all.add(texts(model, golden));
                                    }
                                }
                                return all;
                            };
                    done.add(threads.submit(task));
                }
                for (int i = 0; i < done.size(); i++) {
                    for (List<Generation> texts : done.get(i).get()) {
                        boolean adapted = i == 1;
                        assertTexts(
                                texts,
                                adapted ? golden.adapted() : golden.generated(),
                                adapted ? golden.adaptedMargins() : golden.margins(),
                                "thread " + i);
                    }
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void aDrawnTextDoesNotDependOnItsBatch() throws IOException {
        GenerationGolden golden = golden("qwen3");
        GenerationConfig drawn =
                config(12).toBuilder().optTemperature(1.3).optTopK(20).optSeed(5).build();
        try (LoraModel model = golden.load(folder)) {
            TextGenerator generator = TextGenerator.of(model);
            List<int[]> prompts = List.of(golden.prompts());
            List<Generation> together = generator.generateIds(prompts, drawn);
            assertThat(ids(generator.withBatchSize(1).generateIds(prompts, drawn)))
                    .isEqualTo(ids(together));
            assertThat(ids(generator.generateIds(prompts, config(12)))).isNotEqualTo(ids(together));
            List<Generation> told = generator.withLogProbabilities().generateIds(prompts, drawn);
            assertThat(ids(told)).isEqualTo(ids(together));
            assertThat(told)
                    .allSatisfy(
                            text -> {
                                assertThat(text.logProbabilities())
                                        .hasSameSizeAs(text.generatedIds())
                                        .allMatch(p -> p < 0);
                                assertThat(text.probability().orElseThrow()).isBetween(0.0, 1.0);
                            });
            assertThat(together).allMatch(text -> text.probability().isEmpty());
            GenerationConfig other = drawn.toBuilder().optSeed(6).build();
            assertThat(ids(generator.generateIds(prompts, other))).isNotEqualTo(ids(together));
        }
    }

    private static List<List<Integer>> ids(List<Generation> texts) {
        return texts.stream().map(Generation::generatedIds).toList();
    }

    @Test
    void piecesOfATextAreTheTextHoweverTheyAreHandedOut() throws IOException {
        GenerationGolden golden = golden("mistral");
        GenerationConfig config = config(20);
        try (LoraModel model = withAdapter(golden)) {
            TextGenerator generator = TextGenerator.of(model);
            int[] prompt = golden.prompts()[0];
            List<String> pieces = new ArrayList<>();
            Generation whole = generator.generate(prompt, config, pieces::add);
            assertThat(whole.text()).isNotBlank().isEqualTo(String.join("", pieces));
            assertThat(whole.promptIds()).containsExactly(box(prompt));
            Stream<String> stream;
            try (ActiveAdapters.Scope use = model.use(AdapterSelection.of("default"))) {
                stream = generator.stream(prompt, config);
            }
            model.setActive(AdapterSelection.none());
            try (stream) {
                assertThat(stream.collect(Collectors.joining()))
                        .as("by the adapters of when it was asked for")
                        .isEqualTo(whole.text());
            }
            assertThat(generator.generate(prompt, config).text()).isNotEqualTo(whole.text());
        }
    }

    private static Integer[] box(int[] ids) {
        return Arrays.stream(ids).boxed().toArray(Integer[]::new);
    }

    @Test
    void aStreamGeneratesWhatIsPulledAndNoMore() throws IOException {
        GenerationGolden golden = golden("llama");
        AtomicInteger asked = new AtomicInteger();
        try (LoraModel model = golden.load(folder)) {
            TextGenerator generator =
                    TextGenerator.of(model)
                            .until(
                                    () -> {
                                        asked.incrementAndGet();
                                        return false;
                                    });
            try (Stream<String> stream = generator.stream(golden.prompts()[0], config(28))) {
                assertThat(asked).hasValue(0);
                assertThat(stream.limit(2).toList()).hasSize(2);
                assertThat(asked.get()).isBetween(2, 8);
            }
        }
    }

    @Test
    void anAbandonedStreamIsFreedWithAWarningThatNamesItsOpener() throws Exception {
        GenerationGolden golden = golden("llama");
        PrintStream before = System.err;
        ByteArrayOutputStream warnings = new ByteArrayOutputStream();
        System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
        try (LoraModel model = golden.load(folder)) {
            TextGenerator generator = TextGenerator.of(model);
            try (Stream<String> closed = generator.stream(golden.prompts()[0], config(28))) {
                assertThat(closed.limit(1).toList()).hasSize(1);
            }
            assertThat(generator.stream(golden.prompts()[0], config(9)).toList()).isNotEmpty();
            collect(warnings, 200);
            assertThat(warnings.toString(StandardCharsets.UTF_8)).isEmpty();
            abandon(generator, golden.prompts()[0]);
            collect(warnings, 20_000);
        } finally {
            System.setErr(before);
        }
        assertThat(warnings.toString(StandardCharsets.UTF_8))
                .contains("neither closed nor read to its end")
                .contains("TextGeneratorTest.abandon");
    }

    private static void abandon(TextGenerator generator, int[] prompt) {
        assertThat(generator.stream(prompt, config(28)).limit(1).toList()).hasSize(1);
    }

    private static void collect(ByteArrayOutputStream warnings, long millis) throws Exception {
        long end = System.nanoTime() + millis * 1_000_000;
        while (warnings.size() == 0 && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(20);
        }
    }

    @Test
    void aModelWithoutTokenizerTakesTokenIds() throws IOException {
        GenerationGolden golden = golden("llama");
        Path directory = DecoderGolden.model(folder, "llama");
        Files.delete(directory.resolve("tokenizer.json"));
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            assertThat(model.hasTokenizer()).isFalse();
            TextGenerator generator = TextGenerator.of(model);
            int[] prompt = golden.prompts()[0];
            Generation made = generator.generate(prompt, config(golden.maxNewTokens()));
            assertThat(made.generatedIds()).containsExactly(box(golden.generated()[0]));
            assertThat(made.text()).isEmpty();
            GenerationConfig stop = GenerationConfig.builder().optStopStrings("x").build();
            for (Callable<?> call :
                    List.<Callable<?>>of(
                            () -> generator.generate("text", config(3)),
                            () -> generator.generate(prompt, config(3), piece -> {}),
                            () -> generator.generate(prompt, stop),
                            () -> generator.stream(prompt, config(3)),
                            model::tokenizer)) {
                assertThatThrownBy(call::call)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("no tokenizer.json")
                        .hasMessageContaining("token ids");
            }
        }
    }

    @Test
    void aTextEndsInOrderWhenItIsCancelled() throws IOException {
        GenerationGolden golden = golden("llama");
        AtomicInteger left = new AtomicInteger(3);
        try (LoraModel model = golden.load(folder)) {
            TextGenerator generator =
                    TextGenerator.of(model).until(() -> left.getAndDecrement() == 0);
            Generation text = generator.generate(golden.prompts()[0], config(28));
            assertThat(text.finish()).isEqualTo(FinishReason.CANCELLED);
            assertThat(text.generatedIds())
                    .isEqualTo(Arrays.stream(golden.generated()[0], 0, 3).boxed().toList());
        }
    }

    @Test
    void aTextEndsInOrderWhenItsThreadIsInterrupted() throws IOException {
        GenerationGolden golden = golden("llama");
        try (LoraModel model = golden.load(folder)) {
            AtomicInteger pieces = new AtomicInteger();
            Generation text =
                    TextGenerator.of(model)
                            .generate(
                                    golden.prompts()[0],
                                    config(28),
                                    piece -> {
                                        pieces.incrementAndGet();
                                        Thread.currentThread().interrupt();
                                    });
            assertThat(Thread.interrupted()).as("the flag is left set").isTrue();
            assertThat(text.finish()).isEqualTo(FinishReason.INTERRUPTED);
            assertThat(text.generatedIds().size()).isLessThan(28);
        }
    }

    @Test
    void aTextEndsWithTheModelsPositions() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "gpt2")) {
            TextGenerator generator = TextGenerator.of(model);
            int[] prompt = new int[18];
            Arrays.setAll(prompt, i -> 5 + i);
            GenerationConfig noEnd = config(30);
            Generation text = generator.generate(prompt, noEnd);
            if (text.finish() != FinishReason.END_TOKEN) {
                assertThat(text.finish()).isEqualTo(FinishReason.POSITIONS);
                assertThat(text.generatedIds()).as("20 tokens can be read").hasSize(3);
            }
            assertThatThrownBy(() -> generator.generate(new int[21], noEnd))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("21 tokens")
                    .hasMessageContaining("positions for 20");
        }
    }

    @Test
    void promptsThatCannotBeReadAreRefusedByName() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            TextGenerator generator = TextGenerator.of(model);
            assertThatThrownBy(() -> generator.generate(new int[0], config(3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no tokens");
            assertThatThrownBy(() -> generator.generateIds(List.of(new int[] {5, 41}), config(3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("prompt 0 has the token 41");
            assertThatThrownBy(() -> generator.withBatchSize(0))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(generator.generateIds(List.of(), config(3))).isEmpty();
        }
    }

    @Test
    void whatOnTextThrowsIsThrownOn() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            int before = model.manager().getManagedArrays().size();
            assertThatThrownBy(
                            () ->
                                    TextGenerator.of(model)
                                            .generate(
                                                    golden("llama").prompts()[0],
                                                    config(9),
                                                    piece -> {
                                                        throw new IllegalStateException("full");
                                                    }))
                    .hasMessage("full");
            assertThat(model.manager().getManagedArrays()).hasSize(before);
        }
    }
}
