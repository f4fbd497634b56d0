/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.StepContext;
import org.lora4j.core.Bias;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Recomputation;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/**
 * All layers of every family are differentiated without autograd, and the gradients are autograd's:
 * with dropout, biases, normalisations and whole modules that train.
 */
final class RecordedLayersTest {
    @TempDir Path folder;

    /**
     * A task whose layers are watched, or end with an operation that is left to autograd.
     *
     * @param layers for each call of a layer, whether autograd was on
     */
    private record Watched<B extends TrainingBatch>(
            TrainingTask<B> task, boolean byAutograd, List<Boolean> layers)
            implements TrainingTask<B> {
        @Override
        public ActiveAdapters.Scope begin() {
            return task.begin();
        }

        @Override
        public Map<String, NDArray> trainable() {
            return task.trainable();
        }

        @Override
        public StepContext steps() {
            return task.steps();
        }

        @Override
        public NDList input(NDManager scope, B batch) {
            return task.input(scope, batch);
        }

        @Override
        public List<Stage> stages() {
            List<Stage> stages = new ArrayList<>();
            for (Stage stage : task.stages()) {
                boolean embeds = stages.isEmpty();
                stages.add(
                        (scope, hidden) -> {
                            NDList out = stage.apply(scope, hidden);
                            GradientTape tape = GradientTape.current();
                            boolean watched = tape != null && tape.isWatching();
                            if (!embeds && !watched) {
                                layers.add(GradMode.isOn());
                            }
                            if (byAutograd) {
                                // not mul(1): its gradient reads a number that DJL has freed
                                NDArray y = out.head();
                                out.set(0, y.reshape(y.getShape()));
                            }
                            return out;
                        });
            }
            return stages;
        }

        @Override
        public LossSum head(NDManager scope, NDList hidden, B batch) {
            return task.head(scope, hidden, batch);
        }

        @Override
        public Evaluation evaluate(NDManager scope, B batch) {
            return task.evaluate(scope, batch);
        }
    }

    /** The gradients of one step, and whether autograd was on when layers ran. */
    private static <B extends TrainingBatch> Map<String, float[]> gradients(
            LoraModel model,
            Class<B> type,
            B batch,
            boolean byAutograd,
            Recomputation recomputation,
            List<Boolean> layers) {
        TrainingTask<B> task = new Watched<>(model.trainingTask(type), byAutograd, layers);
        return StepGradients.of(
                        task,
                        StepGradients.fixed(type, List.of(batch)),
                        1,
                        c -> c.optSeed(3).optRecomputation(recomputation))
                .byPath();
    }

    private static <B extends TrainingBatch> void compare(
            LoraModel model, Class<B> type, B batch, int layerCount) {
        List<Boolean> recorded = new ArrayList<>();
        Map<String, float[]> ours =
                gradients(model, type, batch, false, Recomputation.none(), recorded);
        assertThat(recorded).hasSize(layerCount).containsOnly(false);
        List<Boolean> left = new ArrayList<>();
        Map<String, float[]> autograds =
                gradients(model, type, batch, true, Recomputation.none(), left);
        assertThat(left).contains(true);
        assertThat(ours.keySet()).isEqualTo(autograds.keySet());
        ours.forEach(
                (path, gradient) ->
                        assertThat(distance(gradient, autograds.get(path)))
                                .as(path)
                                .isLessThan(1e-4));
    }

    private static <B extends TrainingBatch> void assertRecomputed(
            LoraModel model, Class<B> type, B batch, int layers) {
        List<Boolean> ran = new ArrayList<>();
        Map<String, float[]> kept = gradients(model, type, batch, false, Recomputation.none(), ran);
        Map<Recomputation, Integer> runs =
                Map.of(
                        Recomputation.all(),
                        2 * layers,
                        Recomputation.first(1),
                        layers + 1,
                        Recomputation.within(1),
                        2 * layers,
                        Recomputation.within(1L << 50),
                        layers);
        runs.forEach(
                (recomputation, count) -> {
                    ran.clear();
                    Map<String, float[]> again =
                            gradients(model, type, batch, false, recomputation, ran);
                    assertThat(ran).as("%s", recomputation).hasSize(count).containsOnly(false);
                    assertThat(again.keySet()).isEqualTo(kept.keySet());
                    again.forEach(
                            (path, gradient) ->
                                    assertThat(gradient)
                                            .as(path)
                                            .containsExactly(requireNonNull(kept.get(path))));
                });
        ran.clear();
        Map<String, float[]> left = gradients(model, type, batch, true, Recomputation.all(), ran);
        left.forEach(
                (path, gradient) ->
                        assertThat(distance(gradient, kept.get(path))).as(path).isLessThan(1e-4));
    }

    private static double distance(float[] found, float[] wanted) {
        double apart = 0;
        double norm = 1e-12;
        for (int i = 0; i < found.length; i++) {
            apart += Math.pow((double) found[i] - wanted[i], 2);
            norm += Math.pow(wanted[i], 2);
        }
        return Math.sqrt(apart / norm);
    }

    private static LoraConfig config(double dropout) {
        return config(dropout, false);
    }

    private static LoraConfig config(double dropout, boolean dora) {
        return LoraConfig.builder()
                .setRank(3)
                .setAlpha(7)
                .optDropout(dropout)
                .optDora(dora)
                .optTargetModules("all-linear")
                .build();
    }

    /** B is zero at first, so that A would have no gradient. */
    private static void fill(Map<String, NDArray> trained) {
        int seed = 1;
        for (NDArray array : trained.values()) {
            float[] values = new float[(int) array.size()];
            seed++;
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.2f * (float) Math.sin(seed + 1.3 * i);
            }
            try (NDArray filled = array.getManager().create(values, array.getShape())) {
                Torch.copyInto(array, filled);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void decoders(String name) throws IOException {
        DecoderGolden.Expected expected = DecoderGolden.expected(name);
        CausalBatch batch =
                new CausalBatch(
                        DecoderGolden.packed(expected.ids(), expected.labels(), 0, 1, 2, 3));
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            int layers = model.languageModel().layerCount();
            model.addAdapter("default", config(0));
            fill(model.trainingTask(CausalBatch.class).trainable());
            compare(model, CausalBatch.class, batch, layers);
            model.deleteAdapter("default");
            model.addAdapter("default", config(0.25));
            fill(model.trainingTask(CausalBatch.class).trainable());
            compare(model, CausalBatch.class, batch, layers);
            assertRecomputed(model, CausalBatch.class, batch, layers);
            model.deleteAdapter("default");
            model.addAdapter("default", vectors());
            fill(model.trainingTask(CausalBatch.class).trainable());
            compare(model, CausalBatch.class, batch, layers);
            assertRecomputed(model, CausalBatch.class, batch, layers);
        }
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void decodersWithDoraAndPissa(String name) throws IOException {
        DecoderGolden.Expected expected = DecoderGolden.expected(name);
        CausalBatch batch =
                new CausalBatch(
                        DecoderGolden.packed(expected.ids(), expected.labels(), 0, 1, 2, 3));
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            int layers = model.languageModel().layerCount();
            model.addAdapter("default", config(0, true).toBuilder().optBias(Bias.ALL).build());
            fill(model.trainingTask(CausalBatch.class).trainable());
            compare(model, CausalBatch.class, batch, layers);
            model.deleteAdapter("default");
            model.addAdapter("default", config(0.25, true).toBuilder().optInit(Init.PISSA).build());
            fill(model.trainingTask(CausalBatch.class).trainable());
            compare(model, CausalBatch.class, batch, layers);
            assertRecomputed(model, CausalBatch.class, batch, layers);
        }
    }

    /** Vectors on the inputs and outputs of half of the linear layers each. */
    private static Ia3Config vectors() {
        return Ia3Config.builder()
                .optTargetModules("all-linear")
                .optFeedforwardModules("regex:.*(down_proj|o_proj|c_proj)")
                .build();
    }

    /** GPT-2's weights, which are transposed before use, are left to autograd. */
    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void allWeights(String name) throws IOException {
        DecoderGolden.Expected expected = DecoderGolden.expected(name);
        CausalBatch batch =
                new CausalBatch(
                        DecoderGolden.packed(expected.ids(), expected.labels(), 0, 1, 2, 3));
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            model.trainAll();
            List<Boolean> runs = new ArrayList<>();
            Map<String, float[]> ours =
                    gradients(model, CausalBatch.class, batch, false, Recomputation.all(), runs);
            assertThat(runs).containsOnly(name.equals("gpt2"));
            Map<String, float[]> autograds =
                    gradients(model, CausalBatch.class, batch, true, Recomputation.none(), runs);
            ours.forEach(
                    (path, gradient) ->
                            assertThat(distance(gradient, autograds.get(path)))
                                    .as(path)
                                    .isLessThan(1e-3));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "roberta, true",
        "roberta-relu, false",
        "distilbert, true",
        "distilbert-relu, false",
        "mpnet, true",
        "modernbert, true",
        "modernbert-mean, false",
        "deberta, true",
        "deberta-apart, true",
        "deberta-plain, true",
        "qwen3-score, true",
        "gpt2-score, true"
    })
    void encoders(String name, boolean ownDropout) throws IOException {
        compare(name, ownDropout, config(0.25));
        compare(name, ownDropout, config(0.25, true));
    }

    private void compare(String name, boolean ownDropout, LoraConfig config) throws IOException {
        Path directory = EncoderGolden.model(folder, name, json -> {});
        Task task = Task.of(ModelConfig.read(directory));
        try (LoraModel model = LoraModel.load(directory, task)) {
            model.classifier().dropouts().set(ownDropout);
            EncoderGolden.Rows rows = EncoderGolden.batches(name).get(0);
            TextBatch batch = new TextBatch(rows.padded(), new float[rows.ids().length]);
            int layers = model.classifier().layerCount();
            model.addAdapter("default", config);
            fill(model.trainingTask(TextBatch.class).trainable());
            compare(model, TextBatch.class, batch, layers);
            assertRecomputed(model, TextBatch.class, batch, layers);
        }
    }
}
