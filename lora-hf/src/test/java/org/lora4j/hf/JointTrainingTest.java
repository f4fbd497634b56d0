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
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.loss.ChunkedLoss;
import org.lora4j.text.TextExample;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.WarmUp;
import org.lora4j.train.joint.BatchJoin;
import org.lora4j.train.joint.JointModel;
import org.lora4j.train.joint.JointTrainer;
import org.lora4j.train.joint.JointTraining;
import org.lora4j.train.optimizer.Sgd;

/** Adapters that are trained at once, against each trained alone. */
@Tag("once-per-jdk")
final class JointTrainingTest {
    @TempDir Path folder;

    /** A setting of one adapter. */
    private record Setting(String name, LoraConfig lora, LoraTrainingConfig training, long data) {}

    private static LoraTrainingConfig training(int steps, double rate, long seed, int groups) {
        return LoraTrainingConfig.builder()
                .optSteps(steps)
                .optLearningRate(rate)
                .optSeed(seed)
                .optAccumulation(groups)
                .optSchedule(LearningRateSchedule.linear(WarmUp.none()))
                .build();
    }

    private static LoraConfig lora(int rank, double dropout, long seed, String... targets) {
        return LoraConfig.builder()
                .setRank(rank)
                .setAlpha(2 * rank + 1)
                .optDropout(dropout)
                .optInit(Init.KAIMING_UNIFORM)
                .optSeed(seed)
                .optTargetModules(targets)
                .build();
    }

    private static List<Setting> decoders(boolean alike) {
        return List.of(
                new Setting(
                        "few",
                        lora(2, alike ? 0.2 : 0, 1, "q_proj", "v_proj"),
                        training(6, 3e-3, 7, 1),
                        1),
                new Setting(
                        "all",
                        lora(5, 0.2, 2, "q_proj", "o_proj", "down_proj", "up_proj"),
                        training(5, 1e-3, 8, 2),
                        2),
                new Setting(
                        "table",
                        lora(3, alike ? 0.2 : 0.1, 3, "embed_tokens", "k_proj"),
                        training(6, 2e-3, 9, 1),
                        3));
    }

    private static BatchSource<CausalBatch> sequences(long seed) {
        Random random = new Random(seed);
        List<CausalBatch> batches = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int[][] ids = new int[2][];
            long[][] labels = new long[2][];
            for (int s = 0; s < 2; s++) {
                int length = 3 + random.nextInt(6);
                ids[s] = random.ints(length, 3, 24).toArray();
                labels[s] = new long[length];
                for (int t = 0; t < length; t++) {
                    labels[s][t] = random.nextInt(4) == 0 && t > 1 ? -100 : ids[s][t];
                }
            }
            batches.add(new CausalBatch(DecoderGolden.packed(ids, labels, 0, 1)));
        }
        return StepGradients.fixed(batches);
    }

    /** What was learnt: losses, and every tensor. */
    private record Learnt(List<Double> losses, Map<String, float[]> tensors) {}

    private static Map<String, float[]> tensors(LoraModel model, String adapter) {
        Map<String, float[]> all = new LinkedHashMap<>();
        for (AdapterHost host : BlockTree.hosts(model.block())) {
            host.tensors(adapter)
                    .forEach(
                            (suffix, parameter) -> {
                                NDArray array = parameter.getArray();
                                all.put(host.path() + "." + suffix, array.toFloatArray());
                            });
        }
        return all;
    }

    private interface Loader {
        LoraModel load() throws IOException;
    }

    private static <B extends TrainingBatch> Learnt alone(
            Loader loader, Setting setting, BatchSource<B> data) throws IOException {
        try (LoraModel model = loader.load()) {
            model.addAdapter(setting.name(), setting.lora());
            LoraTrainingResult result =
                    LoraTrainer.builder(model)
                            .setDataset(data)
                            .optConfig(setting.training())
                            .build()
                            .fit();
            return new Learnt(result.lossByStep(), tensors(model, setting.name()));
        }
    }

    private static <B extends TrainingBatch> Map<String, Learnt> together(
            Loader loader, List<Setting> settings, Class<B> kind, Map<String, BatchSource<B>> data)
            throws IOException {
        try (LoraModel model = loader.load()) {
            JointTrainer.Builder<B> builder = JointTrainer.builder(model, kind);
            for (Setting setting : settings) {
                model.addAdapter(setting.name(), setting.lora());
                builder.add(
                        setting.name(),
                        new JointTrainer.Job<>(data.get(setting.name()), null, setting.training()));
            }
            Map<String, LoraTrainingResult> results = builder.build().fit();
            Map<String, Learnt> learnt = new LinkedHashMap<>();
            results.forEach(
                    (name, result) -> {
                        assertThat(result.stopReason()).isEqualTo(StopReason.COMPLETED);
                        learnt.put(name, new Learnt(result.lossByStep(), tensors(model, name)));
                    });
            return learnt;
        }
    }

    private static <B extends TrainingBatch> void requireAlone(
            Loader loader, List<Setting> settings, Class<B> kind, Map<String, BatchSource<B>> data)
            throws IOException {
        Map<String, Learnt> together = together(loader, settings, kind, data);
        for (Setting setting : settings) {
            Learnt alone = alone(loader, setting, data.get(setting.name()));
            Learnt joint = together.get(setting.name());
            assertThat(joint.losses()).hasSameSizeAs(alone.losses());
            for (int i = 0; i < alone.losses().size(); i++) {
                assertThat(joint.losses().get(i))
                        .as("loss %d of %s", i, setting.name())
                        .isCloseTo(alone.losses().get(i), within(1e-6));
            }
            assertThat(joint.tensors().keySet()).isEqualTo(alone.tensors().keySet());
            alone.tensors()
                    .forEach(
                            (path, values) ->
                                    assertThat(joint.tensors().get(path))
                                            .as(setting.name() + " " + path)
                                            .containsExactly(values, within(1e-5f)));
        }
        Map<String, Learnt> again = together(loader, settings, kind, data);
        for (Setting setting : settings) {
            Learnt one = together.get(setting.name());
            Learnt two = again.get(setting.name());
            assertThat(two.losses()).isEqualTo(one.losses());
            one.tensors()
                    .forEach(
                            (path, values) ->
                                    assertThat(two.tensors().get(path)).isEqualTo(values));
        }
    }

    private static Map<String, BatchSource<CausalBatch>> sequences(List<Setting> settings) {
        Map<String, BatchSource<CausalBatch>> data = new LinkedHashMap<>();
        settings.forEach(setting -> data.put(setting.name(), sequences(setting.data())));
        return data;
    }

    @Test
    void adaptersOfADecoderLearnWhatTheyLearnAlone() throws IOException {
        for (boolean alike : new boolean[] {true, false}) {
            List<Setting> settings = decoders(alike);
            requireAlone(
                    () -> DecoderGolden.load(folder, "llama"),
                    settings,
                    CausalBatch.class,
                    sequences(settings));
        }
    }

    /**
     * Adapters that change the vocabulary projection, by terms or copies, and one that does not.
     */
    private static List<Setting> heads(boolean copied) {
        LoraConfig copy =
                lora(2, 0, 5, "v_proj").toBuilder().optModulesToSave("lm_head", "norm").build();
        return List.of(
                new Setting("plain", lora(2, 0.1, 1, "q_proj"), training(4, 3e-3, 7, 1), 1),
                new Setting(
                        "one",
                        copied ? copy : lora(3, 0.2, 2, "lm_head", "o_proj"),
                        training(5, 1e-3, 8, 2),
                        2),
                new Setting(
                        "two",
                        copied ? copy : lora(5, 0.2, 3, "lm_head", "up_proj"),
                        training(4, 2e-3, 9, 1),
                        3));
    }

    @Test
    void adaptersOfTheVocabularyProjectionLearnWhatTheyLearnAlone() throws IOException {
        for (boolean copied : new boolean[] {true, false}) {
            List<Setting> settings = heads(copied);
            requireAlone(
                    () -> DecoderGolden.load(folder, "llama"),
                    settings,
                    CausalBatch.class,
                    sequences(settings));
        }
    }

    /** A model whose loss forms the logits of a few rows at a time, of whichever texts they are. */
    private record FewRows(LoraModel model) implements JointModel {
        @Override
        public Block jointRoot() {
            return model.jointRoot();
        }

        @Override
        public ActiveAdapters jointAdapters() {
            return model.jointAdapters();
        }

        @Override
        public void trainAdapters(Collection<String> adapters) {
            model.trainAdapters(adapters);
        }

        @Override
        public <B extends TrainingBatch> BatchJoin<B> batchJoin(Class<B> batches) {
            return model.batchJoin(batches);
        }

        @Override
        @SuppressWarnings("unchecked") // of the only kind that the test has
        public <B extends TrainingBatch> TrainingTask<B> trainingTask(Class<B> batches) {
            ChunkedLoss chunks =
                    new ChunkedLoss(
                            model.loaded().languageModel(), 5 * model.block().vocabularySize());
            return (TrainingTask<B>) new CausalLanguageModelTask(model.loaded(), chunks);
        }
    }

    @Test
    void chunksOfTheLossMayHaveRowsOfSeveralAdapters() throws IOException {
        for (boolean copied : new boolean[] {true, false}) {
            Map<String, float[]> whole = afterAStep(model -> model, heads(copied));
            afterAStep(FewRows::new, heads(copied))
                    .forEach(
                            (path, values) ->
                                    assertThat(values)
                                            .as(path)
                                            .containsExactly(whole.get(path), within(1e-6f)));
        }
    }

    private Map<String, float[]> afterAStep(
            Function<LoraModel, JointModel> view, List<Setting> settings) throws IOException {
        Map<String, float[]> found = new LinkedHashMap<>();
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            Map<String, LoraTrainingConfig> configs = new LinkedHashMap<>();
            Map<String, CausalBatch> batches = new LinkedHashMap<>();
            for (Setting setting : settings) {
                model.addAdapter(setting.name(), setting.lora());
                LoraTrainingConfig config =
                        setting.training().toBuilder().optOptimizer(Sgd::new).build();
                configs.put(setting.name(), config);
                batches.put(setting.name(), sequences(setting.data()).epoch(0).iterator().next());
            }
            try (JointTraining<CausalBatch> training =
                    JointTraining.begin(view.apply(model), CausalBatch.class, configs)) {
                training.forwardBackward(batches)
                        .forEach((name, loss) -> found.put(name, new float[] {loss.floatValue()}));
                batches.keySet().forEach(name -> training.optimStep(name, 1));
            }
            for (Setting setting : settings) {
                tensors(model, setting.name())
                        .forEach((path, values) -> found.put(setting.name() + path, values));
            }
        }
        return found;
    }

    @Test
    void adaptersOfADecoderWithDropoutsOfItsOwnLearnWhatTheyLearnAlone() throws IOException {
        List<Setting> settings =
                List.of(
                        new Setting("one", lora(2, 0.1, 1, "c_attn"), training(4, 2e-3, 3, 1), 1),
                        new Setting("two", lora(3, 0.3, 2, "c_fc"), training(4, 1e-3, 4, 1), 2));
        requireAlone(
                () -> DecoderGolden.load(folder, "gpt2"),
                settings,
                CausalBatch.class,
                sequences(settings));
    }

    private static List<TextExample> rows(long seed) {
        Random random = new Random(seed);
        List<TextExample> rows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            boolean good = random.nextBoolean();
            String text = "the film is " + (good ? "good" : "bad") + (i % 3 == 0 ? " a b c" : "");
            rows.add(new TextExample(i + 2, text, null, good ? "LABEL_1" : "LABEL_0"));
        }
        return rows;
    }

    @Test
    void adaptersOfAnEncoderAndTheirHeadsLearnWhatTheyLearnAlone() throws IOException {
        List<Setting> settings =
                List.of(
                        new Setting("one", lora(2, 0.1, 1, "query"), training(5, 3e-3, 3, 1), 1),
                        new Setting(
                                "two",
                                lora(4, 0.1, 2, "value", "dense"),
                                training(5, 1e-3, 4, 2),
                                2),
                        new Setting("three", lora(1, 0, 3, "key"), training(3, 2e-3, 5, 1), 3));
        Loader loader =
                () -> LoraModel.load(Golden.model(folder, "relu"), Task.sequenceClassification());
        Map<String, BatchSource<TextBatch>> data = new LinkedHashMap<>();
        try (LoraModel model = loader.load()) {
            for (Setting setting : settings) {
                data.put(
                        setting.name(),
                        TextDataset.forTraining(
                                model,
                                rows(setting.data()),
                                "rows",
                                BatchOptions.defaults().withBatchSize(4).withSeed(setting.data())));
            }
        }
        requireAlone(loader, settings, TextBatch.class, data);
    }

    @Test
    void thePrimitivesStepOneAdapterAndLeaveTheOther() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.addAdapter("one", lora(2, 0, 1, "q_proj"));
            model.addAdapter("two", lora(3, 0, 2, "v_proj"));
            CausalBatch batch = sequences(4).epoch(0).iterator().next();
            Map<String, LoraTrainingConfig> adapters = new LinkedHashMap<>();
            adapters.put("one", training(1, 1e-2, 1, 1));
            adapters.put("two", training(1, 1e-2, 1, 1));
            try (JointTraining<CausalBatch> training =
                    JointTraining.begin(model, CausalBatch.class, adapters)) {
                Map<String, float[]> before = tensors(model, "two");
                Map<String, Double> losses =
                        training.forwardBackward(Map.of("one", batch, "two", batch));
                assertThat(losses.get("one")).isEqualTo(losses.get("two"), within(1e-6));
                assertThat(training.optimStep("one")).isPositive();
                assertThat(training.steps("one")).isEqualTo(1);
                tensors(model, "two")
                        .forEach((path, values) -> assertThat(values).isEqualTo(before.get(path)));
                Map<String, Double> next = training.forwardBackward(Map.of("one", batch));
                assertThat(next.get("one")).isLessThan(losses.get("one"));
                try (ActiveAdapters.Scope own = training.use("one")) {
                    GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(2).build();
                    assertThat(
                                    TextGenerator.of(model)
                                            .generate(new int[] {4, 5}, config)
                                            .generatedIds())
                            .isNotEmpty();
                }
                model.saveAdapter("one", folder.resolve("saved"));
                training.optimStep("two");
                assertThatThrownBy(() -> training.optimStep("two"))
                        .hasMessageContaining("expected forwardBackward before optimStep");
                assertThatThrownBy(() -> training.steps("three"))
                        .hasMessageContaining("adapter \"three\" is not trained");
            }
        }
    }

    @Test
    void aStepThatWouldLeaveNoNumbersChangesNothing() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.addAdapter("one", lora(2, 0, 1, "q_proj"));
            CausalBatch batch = sequences(4).epoch(0).iterator().next();
            try (JointTraining<CausalBatch> training =
                    JointTraining.begin(
                            model, CausalBatch.class, Map.of("one", training(1, 1e-2, 1, 1)))) {
                Map<String, float[]> before = tensors(model, "one");
                training.forwardBackward(Map.of("one", batch));
                for (double rate : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
                    assertThatThrownBy(() -> training.optimStep("one", rate))
                            .hasMessageContaining("expected a number >= 0");
                }
                assertThat(training.optimStep("one", 1e308)).isNaN();
                assertThat(training.steps("one")).isZero();
                tensors(model, "one")
                        .forEach((path, values) -> assertThat(values).isEqualTo(before.get(path)));
            }
        }
    }

    @Test
    void aClosedTrainingSaysSo() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.addAdapter("one", lora(2, 0, 1, "q_proj"));
            CausalBatch batch = sequences(4).epoch(0).iterator().next();
            JointTraining<CausalBatch> training =
                    JointTraining.begin(
                            model, CausalBatch.class, Map.of("one", training(1, 1e-2, 1, 1)));
            training.forwardBackward(Map.of("one", batch));
            training.close();
            training.close();
            for (ThrowingCallable use :
                    List.<ThrowingCallable>of(
                            () -> training.forwardBackward(Map.of("one", batch)),
                            () -> training.optimStep("one"),
                            () -> training.use("one"),
                            () -> training.steps("one"))) {
                assertThatThrownBy(use)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the training of [one] is closed");
            }
            // another may begin
            JointTraining.begin(model, CausalBatch.class, Map.of("one", training(1, 1e-2, 1, 1)))
                    .close();
        }
    }

    @Test
    void softPromptsAreRefusedAtTheBeginning() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.addAdapter("one", SoftPromptConfig.random(2));
            model.addAdapter("two", SoftPromptConfig.random(3));
            Map<String, LoraTrainingConfig> both =
                    Map.of("one", training(1, 1e-2, 1, 1), "two", training(1, 1e-2, 1, 1));
            assertThatThrownBy(() -> JointTraining.begin(model, CausalBatch.class, both))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("soft prompts");
            model.trainAdapter("one"); // no training was begun
        }
    }

    @Test
    void aCancelledTrainingEndsAfterAStepOfAllAndKeepsWhatTheyLearnt() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            JointTrainer.Builder<CausalBatch> builder =
                    JointTrainer.builder(model, CausalBatch.class);
            for (String name : List.of("one", "two")) {
                model.addAdapter(name, lora(2, 0, 1, "q_proj"));
                builder.add(
                        name, new JointTrainer.Job<>(sequences(1), null, training(50, 1e-2, 1, 1)));
            }
            List<JointTrainer<CausalBatch>> trainer = new ArrayList<>();
            builder.optListener(
                    (name, step) -> {
                        if ("one".equals(name) && step.number() == 3) {
                            trainer.get(0).cancel();
                        }
                    });
            Map<String, float[]> before = tensors(model, "one");
            trainer.add(builder.build());
            Map<String, LoraTrainingResult> results = trainer.get(0).fit();
            results.forEach(
                    (name, result) -> {
                        assertThat(result.stopReason()).isEqualTo(StopReason.CANCELLED);
                        assertThat(result.steps()).as(name).isEqualTo(3);
                        assertThat(result.restoredStep()).as(name).isEqualTo(3);
                    });
            tensors(model, "one")
                    .forEach((path, now) -> assertThat(now).isNotEqualTo(before.get(path)));
        }
    }
}
