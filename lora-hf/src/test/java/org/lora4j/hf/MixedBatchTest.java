/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.text.TextExample;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;

/** Each text of a batch with adapters of its own, against the text alone with its adapters. */
@Tag("once-per-jdk")
final class MixedBatchTest {
    private static final float NOISE = 1e-5f;
    private static final String BASE = AdapterRows.BASE;

    @TempDir Path folder;

    /** Makes every number of an adapter another one, so that it changes what is computed. */
    static void disturb(LoraModel model, String adapter, long seed) {
        Random random = new Random(seed);
        for (AdapterHost host : BlockTree.hosts(model.block())) {
            for (Parameter parameter : host.tensors(adapter).values()) {
                NDArray array = parameter.getArray();
                float[] values = new float[(int) array.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (0.2 * random.nextGaussian());
                }
                try (NDArray made = array.getManager().create(values, array.getShape())) {
                    Torch.copyInto(array, made);
                }
            }
        }
    }

    private LoraModel decoder() throws IOException {
        LoraModel model = DecoderGolden.load(folder, "llama");
        model.addAdapter(
                "few",
                LoraConfig.builder()
                        .setRank(2)
                        .setAlpha(3)
                        .optTargetModules("q_proj", "v_proj")
                        .build());
        model.addAdapter(
                "all",
                LoraConfig.builder()
                        .setRank(5)
                        .setAlpha(4)
                        .optTargetModules("q_proj", "k_proj", "o_proj", "down_proj")
                        .build());
        model.addAdapter(
                "table",
                LoraConfig.builder()
                        .setRank(3)
                        .setAlpha(7)
                        .optTargetModules("embed_tokens")
                        .build());
        model.addAdapter(
                "head",
                LoraConfig.builder()
                        .setRank(1)
                        .optTargetModules("up_proj")
                        .optModulesToSave("lm_head")
                        .build());
        List<String> names = List.of("few", "all", "table", "head");
        for (int i = 0; i < names.size(); i++) {
            disturb(model, names.get(i), i);
        }
        model.setActive(AdapterSelection.none());
        return model;
    }

    private static final int[][] IDS = {
        {3, 9, 7, 11},
        {8, 10, 2, 3, 17, 5, 5},
        {6},
        {4, 5, 6},
        {9, 12, 4, 8, 9, 7},
        {19, 18, 17},
        {2, 3}
    };

    /** Logits of each token of each text. */
    private static float[][] logits(LoraModel model, int[]... texts) {
        int width = Arrays.stream(texts).mapToInt(t -> t.length).max().orElseThrow();
        long[] ids = new long[texts.length * width];
        long[] mask = new long[ids.length];
        for (int i = 0; i < texts.length; i++) {
            for (int t = 0; t < texts[i].length; t++) {
                ids[i * width + t] = texts[i][t];
                mask[i * width + t] = 1;
            }
        }
        try (NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            Shape shape = new Shape(texts.length, width);
            NDList inputs = new NDList(scope.create(ids, shape), scope.create(mask, shape));
            NDArray logits =
                    model.block()
                            .forward(new ParameterStore(scope, false), inputs, false)
                            .singletonOrThrow();
            float[] all = logits.toFloatArray();
            int size = all.length / ids.length;
            float[][] rows = new float[texts.length][];
            for (int i = 0; i < texts.length; i++) {
                int from = i * width * size;
                rows[i] = Arrays.copyOfRange(all, from, from + texts[i].length * size);
            }
            return rows;
        }
    }

    private static float[] alone(LoraModel model, AdapterSelection selection, int[] text) {
        try (ActiveAdapters.Scope scope = model.use(selection)) {
            return logits(model, text)[0];
        }
    }

    private static void requireAlone(LoraModel model, AdapterRows rows) {
        float[][] mixed;
        try (ActiveAdapters.Scope scope = model.use(rows)) {
            mixed = logits(model, IDS);
        }
        for (int i = 0; i < IDS.length; i++) {
            float[] alone = alone(model, rows.rows().get(i), IDS[i]);
            assertThat(mixed[i]).as("text %d", i).containsExactly(alone, within(NOISE));
            float[] base = alone(model, AdapterSelection.none(), IDS[i]);
            if (!rows.rows().get(i).isEmpty()) {
                assertThat(farthest(alone, base)).as("text %d", i).isGreaterThan(1e-2);
            }
        }
    }

    private static double farthest(float[] one, float[] two) {
        double most = 0;
        for (int i = 0; i < one.length; i++) {
            most = Math.max(most, Math.abs(one[i] - two[i]));
        }
        return most;
    }

    @Test
    void eachTextOfADecodersBatchIsComputedWithItsOwnAdapter() throws IOException {
        try (LoraModel model = decoder()) {
            requireAlone(model, AdapterRows.of("few", "all", BASE, "table", "few", "head", "all"));
            requireAlone(model, AdapterRows.of(BASE, BASE, "few", "few", BASE, "few", BASE));
            requireAlone(model, AdapterRows.of("all", "all", "all", "all", "all", "all", "all"));
        }
    }

    @Test
    void theVocabularyProjectionMayBeAdapted() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            LoraConfig config = LoraConfig.builder().setRank(2).optTargetModules("lm_head").build();
            model.addAdapter("one", config);
            model.addAdapter("two", config.toBuilder().setRank(3).build());
            disturb(model, "one", 5);
            disturb(model, "two", 6);
            requireAlone(model, AdapterRows.of("one", "two", BASE, "two", "one", "two", "one"));
        }
    }

    @Test
    void magnitudesAndOriginsAreThoseOfTheirTexts() throws IOException {
        try (LoraModel model = decoder()) {
            model.addAdapter(
                    "dora",
                    LoraConfig.builder()
                            .setRank(3)
                            .optTargetModules("q_proj", "k_proj")
                            .optDora(true)
                            .build());
            model.addAdapter(
                    "pissa",
                    LoraConfig.builder()
                            .setRank(3)
                            .optTargetModules("q_proj", "k_proj")
                            .optInit(Init.PISSA)
                            .build());
            disturb(model, "dora", 8);
            disturb(model, "pissa", 9);
            requireAlone(
                    model, AdapterRows.of("pissa", "all", BASE, "dora", "few", "pissa", "all"));
            requireAlone(model, AdapterRows.of("dora", "all", BASE, "dora", "few", "dora", "all"));
        }
    }

    @Test
    void aRowMayHaveSeveralAdaptersWithWeights() throws IOException {
        try (LoraModel model = decoder()) {
            AdapterSelection both = new AdapterSelection(Map.of("few", 0.5, "all", -1.5));
            AdapterSelection one = AdapterSelection.of("few");
            AdapterSelection none = AdapterSelection.none();
            requireAlone(model, new AdapterRows(List.of(both, one, none, both, none, one, both)));
        }
    }

    @Test
    void mergedWeightsAreNotUsed() throws IOException {
        try (LoraModel model = decoder()) {
            model.setActive(AdapterSelection.of("all"));
            model.mergeAdapter();
            requireAlone(model, AdapterRows.of("few", "all", BASE, "table", "few", "head", "all"));
        }
    }

    @Test
    void biasesOfAnAdapterAreThoseOfItsTexts() throws IOException {
        try (LoraModel model = bert()) {
            model.addAdapter(
                    "biased",
                    LoraConfig.builder()
                            .setRank(2)
                            .optTargetModules("query")
                            .optBias(Bias.ALL)
                            .build());
            disturb(model, "biased", 9);
            requireTextsAlone(model, AdapterRows.of("biased", "one", BASE, "biased", "two", "one"));
        }
    }

    @Test
    void layersWhoseWeightsAreTransposedAreMixedToo() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "gpt2")) {
            model.addAdapter(
                    "one",
                    LoraConfig.builder()
                            .setRank(3)
                            .setAlpha(5)
                            .optTargetModules("c_attn", "c_proj")
                            .build());
            model.addAdapter(
                    "two",
                    LoraConfig.builder().setRank(1).optTargetModules("c_fc", "wte", "wpe").build());
            disturb(model, "one", 3);
            disturb(model, "two", 4);
            requireAlone(model, AdapterRows.of("one", "two", BASE, "two", "one", "two", "one"));
        }
    }

    /** Texts of like lengths are laid out adapter by adapter, and their tokens put back. */
    @Test
    void tokensOfAnEncodersBatchAreThoseOfTheirTexts() throws IOException {
        AdapterRows rows = AdapterRows.of("one", "two", "one", BASE, "one", "two", "one");
        Task labels = Task.tokenClassification("O", "B-X", "I-X");
        try (LoraModel model = bert(labels)) {
            requireAlone(model, rows);
        }
        try (LoraModel model = bert(Task.embedding())) {
            requireAlone(model, rows);
        }
    }

    private LoraModel bert() throws IOException {
        return bert(Task.sequenceClassification());
    }

    private LoraModel bert(Task task) throws IOException {
        LoadOptions options =
                LoadOptions.defaults().withNewHead(task instanceof Task.TokenClassification);
        LoraModel model = LoraModel.load(Golden.model(folder, "relu"), task, options);
        model.addAdapter(
                "one",
                LoraConfig.builder()
                        .setRank(2)
                        .setAlpha(5)
                        .optTargetModules("query", "value")
                        .build());
        model.addAdapter(
                "two",
                LoraConfig.builder()
                        .setRank(4)
                        .optTargetModules("key", "dense", "word_embeddings")
                        .build());
        disturb(model, "one", 1);
        disturb(model, "two", 2);
        return model;
    }

    private static List<TextExample> texts() {
        List<String> texts =
                List.of(
                        "the film is good",
                        "a long plot",
                        "the film is not good a long plot dull ending",
                        "fine",
                        "bad ending",
                        "the plot is fine");
        List<TextExample> rows = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            rows.add(new TextExample(i + 2, texts.get(i), null, null));
        }
        return rows;
    }

    private static void requireTextsAlone(LoraModel model, AdapterRows rows) {
        BatchOptions options = BatchOptions.defaults().withBatchSize(4);
        TextDataset data = TextDataset.forPrediction(model, texts(), "texts", options);
        List<Prediction> mixed = new Evaluator(model).withAdapters(rows).predict(data);
        for (int i = 0; i < rows.size(); i++) {
            TextDataset one =
                    TextDataset.forPrediction(model, texts().subList(i, i + 1), "text", options);
            Prediction alone;
            try (ActiveAdapters.Scope scope = model.use(rows.rows().get(i))) {
                alone = new Evaluator(model).predict(one).get(0);
            }
            for (int c = 0; c < alone.logits().size(); c++) {
                assertThat(mixed.get(i).logits().get(c))
                        .as("text %d", i)
                        .isCloseTo(alone.logits().get(c), within(NOISE));
            }
        }
    }

    @Test
    void eachTextOfAnEncodersBatchHasItsOwnAdapterAndHead() throws IOException {
        try (LoraModel model = bert()) {
            AdapterRows rows = AdapterRows.of("one", "two", "two", "one", "two", "one");
            requireTextsAlone(model, rows);
            BatchOptions options = BatchOptions.defaults().withBatchSize(6);
            TextDataset data = TextDataset.forPrediction(model, texts(), "texts", options);
            List<Prediction> right = new Evaluator(model).withAdapters(rows).predict(data);
            AdapterRows wrong = AdapterRows.of("one", "two", "one", "one", "two", "one");
            List<Prediction> other = new Evaluator(model).withAdapters(wrong).predict(data);
            assertThat(other.get(2)).isNotEqualTo(right.get(2)); // the adapter matters
            assertThatThrownBy(
                            () ->
                                    new Evaluator(model)
                                            .withAdapters(AdapterRows.of("one", "two"))
                                            .predict(data))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("adapters are given for 2 texts");
        }
    }

    @Test
    void eachPromptIsContinuedWithItsOwnAdapter() throws IOException {
        try (LoraModel model = decoder()) {
            TextGenerator generator = TextGenerator.of(model).withBatchSize(5);
            GenerationConfig config =
                    GenerationConfig.builder().optMaxNewTokens(12).optTemperature(0.0).build();
            AdapterRows rows = AdapterRows.of("few", "all", BASE, "table", "few", "head", "all");
            List<Generation> mixed = generator.generateIds(List.of(IDS), rows, config);
            List<List<Integer>> base = new ArrayList<>();
            for (int i = 0; i < IDS.length; i++) {
                try (ActiveAdapters.Scope scope = model.use(rows.rows().get(i))) {
                    assertThat(mixed.get(i).generatedIds())
                            .as("text %d", i)
                            .isEqualTo(generator.generate(IDS[i], config).generatedIds());
                }
            }
            for (int i = 0; i < IDS.length; i++) {
                base.add(generator.generate(IDS[i], config).generatedIds());
            }
            assertThat(mixed.stream().map(Generation::generatedIds).toList()).isNotEqualTo(base);
            assertThatThrownBy(
                            () -> generator.generateIds(List.of(IDS), AdapterRows.of(BASE), config))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("7 prompts, and adapters for 1 texts; expected as many");
        }
    }

    @Test
    void whatCannotBeMixedIsRefused() throws IOException {
        try (LoraModel model = decoder()) {
            assertThatThrownBy(() -> model.use(AdapterRows.of("few", "other")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no adapter \"other\"");
            try (ActiveAdapters.Scope scope = model.use(AdapterRows.of("few", BASE))) {
                assertThatThrownBy(() -> logits(model, IDS))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(
                                "a batch of 7 texts, and adapters for 2 texts; expected as many");
            }
        }
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.addAdapter(
                    "layer",
                    LoraConfig.builder()
                            .setRank(1)
                            .optTargetModules("q_proj")
                            .optModulesToSave("layers.1")
                            .build());
            try (ActiveAdapters.Scope scope = model.use(AdapterRows.of("layer", BASE))) {
                assertThatThrownBy(() -> logits(model, IDS[0], IDS[1]))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("has copies of its own with each adapter");
            }
        }
    }
}
