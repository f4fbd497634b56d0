/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;

/**
 * The orders in which a net with a BatchNorm is loaded, adapted, loaded again and trained: either
 * the adapter alone trains and the base keeps every byte, or, once the adapters are gone, all of it
 * trains but the running statistics, which move as they do in DJL.
 */
final class ResumeTrainingTest {
    private static final List<String> ADAPTER =
            List.of("01Linear_lora_A", "01Linear_lora_B", "04Linear_lora_A", "04Linear_lora_B");
    private static final List<String> WHOLE =
            List.of(
                    "01Linear_weight",
                    "01Linear_bias",
                    "02BatchNorm_gamma",
                    "02BatchNorm_beta",
                    "04Linear_weight",
                    "04Linear_bias");

    @TempDir Path folder;

    private interface Preparation {
        void run(Model model) throws Exception;
    }

    @BeforeEach
    void save() throws Exception {
        try (Model model = Model.newInstance("net")) {
            model.setBlock(net());
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(8, 6));
            model.save(folder, "base");
            Injection injection = Lora.inject(model, config());
            Lora.saveAdapter(model.getBlock(), injection, folder.resolve("adapter"));
            train(model);
            model.save(folder, "checkpoint");
        }
    }

    @Test
    void withoutAdaptersAllTrains() throws Exception {
        assertWholeTrains(model -> {});
    }

    @Test
    void fromACheckpointOfAnAdaptedModel() throws Exception {
        assertAdapterTrains(
                model -> {
                    Lora.inject(model, config());
                    model.load(folder, "checkpoint");
                });
    }

    @Test
    void fromTheBaseLoadedOnceMore() throws Exception {
        assertAdapterTrains(
                model -> {
                    Lora.inject(model, config());
                    model.load(folder, "base");
                });
    }

    @Test
    void fromAnInjectedBlock() throws Exception {
        assertAdapterTrains(model -> Lora.inject(model.getBlock(), config()));
    }

    @Test
    void fromAnAdapterThatWasLoadedIntoTheBlock() throws Exception {
        assertAdapterTrains(
                model -> {
                    Lora.loadAdapter(model.getBlock(), "default", folder.resolve("adapter"));
                    Lora.markOnlyLoraAsTrainable(model.getBlock(), Bias.NONE);
                });
    }

    @Test
    void fromAnAdapterThatWasLoadedIntoTheModel() throws Exception {
        assertAdapterTrains(
                model -> {
                    Lora.loadAdapter(model, "default", folder.resolve("adapter"));
                    Lora.markOnlyLoraAsTrainable(model.getBlock(), Bias.NONE);
                });
    }

    @Test
    void aSecondAdapterTrainsAloneAfterACheckpoint() throws Exception {
        try (Model model = loaded()) {
            Lora.inject(model.getBlock(), config(), "first");
            Lora.inject(model.getBlock(), config(), "second");
            model.newTrainer(sgd()).close();
            train(model);
            assertThat(Trees.trained(model.getBlock()))
                    .hasSize(4)
                    .allMatch(name -> name.contains("second"));
        }
    }

    @Test
    void whatTheUserUnfreezesBesideTheAdapterStaysSo() throws Exception {
        try (Model model = loaded()) {
            Lora.inject(model, config().toBuilder().optTargetModules("01Linear").build());
            Block head = model.getBlock().getChildren().valueAt(3);
            head.freezeParameters(false);
            model.load(folder, "base");
            train(model);
            assertThat(Trees.trained(model.getBlock()))
                    .containsExactlyInAnyOrder(
                            "01Linear_lora_A",
                            "01Linear_lora_B",
                            "04Linear_weight",
                            "04Linear_bias");
        }
    }

    @Test
    void afterEject() throws Exception {
        assertWholeTrains(
                model -> {
                    Lora.inject(model, config());
                    Lora.eject(model.getBlock());
                });
    }

    @Test
    void afterEjectByName() throws Exception {
        assertWholeTrains(
                model -> {
                    Lora.inject(model, config());
                    Lora.eject(model.getBlock(), "default");
                });
    }

    @Test
    void afterEjectAndFreezeParameters() throws Exception {
        assertWholeTrains(
                model -> {
                    Lora.inject(model, config());
                    Lora.eject(model.getBlock());
                    model.getBlock().freezeParameters(false);
                });
    }

    @Test
    void afterMergeAndUnload() throws Exception {
        assertWholeTrains(
                model -> {
                    Lora.inject(model, config());
                    Lora.mergeAndUnload(model.getBlock());
                });
    }

    @Test
    void afterMergeAndUnloadAndFreezeParameters() throws Exception {
        assertWholeTrains(
                model -> {
                    Lora.inject(model, config());
                    Lora.mergeAndUnload(model.getBlock());
                    model.getBlock().freezeParameters(false);
                });
    }

    @Test
    void adaptedAgainAfterEject() throws Exception {
        assertAdapterTrains(
                model -> {
                    Lora.inject(model, config());
                    Lora.eject(model.getBlock());
                    Lora.inject(model, config());
                });
    }

    /** Whoever froze a layer before it was adapted finds it frozen. */
    @Test
    void ejectLeavesFrozenWhatWasFrozenBefore() throws Exception {
        try (Model model = Model.newInstance("net")) {
            model.setBlock(net());
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(8, 6));
            model.getBlock().getChildren().valueAt(0).freezeParameters(true);
            List<String> before = Trees.trained(model.getBlock());
            assertThat(before).hasSize(4).doesNotContain("01Linear_weight");
            Lora.inject(model, config());
            Lora.mergeAndUnload(model.getBlock());
            assertThat(Trees.trained(model.getBlock())).isEqualTo(before);
        }
    }

    /** A tree that is no longer adapted reads and writes DJL's own format. */
    @Test
    void theFileOfAnEjectedModelIsThatOfThePlainOne() throws Exception {
        try (Model model = loaded();
                Model other = loaded();
                NDManager manager = NDManager.newBaseManager()) {
            NDArray x = Trees.input(manager, 8, 6);
            Lora.inject(model, config());
            Lora.eject(model.getBlock());
            train(model);
            model.save(folder, "ejected");
            other.load(folder, "ejected");
            assertThat(Trees.forward(other.getBlock(), x))
                    .isEqualTo(Trees.forward(model.getBlock(), x));
            model.load(folder, "base");
            assertThat(Trees.values(model.getBlock()).get("BatchNorm.runningMean")).containsOnly(0);
        }
    }

    private void assertAdapterTrains(Preparation preparation) throws Exception {
        try (Model model = loaded()) {
            preparation.run(model);
            Map<String, float[]> base = Trees.values(model.getBlock());
            float[] before = adapter(model.getBlock());
            train(model);
            Trees.assertSame(Trees.values(model.getBlock()), base);
            assertThat(Trees.trained(model.getBlock())).isEqualTo(ADAPTER);
            assertThat(adapter(model.getBlock())).isNotEqualTo(before);
        }
    }

    private void assertWholeTrains(Preparation preparation) throws Exception {
        try (Model model = loaded()) {
            preparation.run(model);
            Map<String, float[]> before = Trees.values(model.getBlock());
            train(model);
            assertThat(Trees.trained(model.getBlock())).isEqualTo(WHOLE);
            Trees.values(model.getBlock())
                    .forEach(
                            (name, now) -> assertThat(now).as(name).isNotEqualTo(before.get(name)));
        }
    }

    private static float[] adapter(Block block) {
        try (NDList state = Lora.loraStateDict(block, Bias.NONE)) {
            float[] all = new float[0];
            for (NDArray array : state) {
                float[] values = array.toFloatArray();
                int start = all.length;
                all = Arrays.copyOf(all, start + values.length);
                System.arraycopy(values, 0, all, start, values.length);
            }
            return all;
        }
    }

    private Model loaded() throws Exception {
        Model model = Model.newInstance("net");
        model.setBlock(net());
        model.load(folder, "base");
        return model;
    }

    private static SequentialBlock net() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(5).build())
                .add(BatchNorm.builder().build())
                .add(Activation::tanh)
                .add(Linear.builder().setUnits(3).build());
    }

    private static LoraConfig config() {
        return Trees.config("all-linear").build();
    }

    private static DefaultTrainingConfig sgd() {
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build());
    }

    private static void train(Model model) {
        try (Trainer trainer = model.newTrainer(sgd());
                NDManager manager = NDManager.newBaseManager()) {
            trainer.initialize(new Shape(8, 6));
            NDArray x = Trees.input(manager, 8, 6);
            NDArray y = manager.create(new long[] {0, 1, 2, 0, 1, 2, 0, 0});
            for (int step = 0; step < 3; step++) {
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDList out = trainer.forward(new NDList(x));
                    collector.backward(trainer.getLoss().evaluate(new NDList(y), out));
                }
                trainer.step();
            }
        }
    }
}
