/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.GhostBatchNorm;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.core.Bias;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Optimizers;

/** BatchNorms of an adapted tree: frozen with their statistics, unless an adapter trains them. */
final class FrozenNormsTest {
    /** The control: without adapters DJL's trainer changes weights and running statistics. */
    @Test
    void withoutAdaptersTheStatisticsMove(@TempDir Path folder) throws Exception {
        try (Model model = TrainingPathsTest.loaded(LayerKind.LINEAR, folder);
                NDManager manager = NDManager.newBaseManager()) {
            Map<String, float[]> before = Trees.values(model.getBlock());
            NDArray x = LayerKind.LINEAR.input(manager);
            TrainingPathsTest.train(model, LayerKind.LINEAR, x, Trees.input(manager, 5, 2));
            Map<String, float[]> after = Trees.values(model.getBlock());
            assertThat(after.get("BatchNorm.runningMean"))
                    .isNotEqualTo(before.get("BatchNorm.runningMean"));
            assertThat(after.get("01Linear.weight")).isNotEqualTo(before.get("01Linear.weight"));
        }
    }

    /** A norm's statistics are frozen, and its bias trains all the same where it is asked for. */
    @Test
    void aNormsBiasTrainsAsACopy(@TempDir Path folder) throws Exception {
        LayerKind kind = LayerKind.CONV2D;
        try (Model model = TrainingPathsTest.loaded(kind, folder);
                NDManager manager = NDManager.newBaseManager()) {
            Map<String, float[]> base = Trees.values(model.getBlock());
            Injection injection = Lora.inject(model, kind.config().optBias(Bias.ALL).build());
            Map<String, float[]> before = biases(injection);
            assertThat(before).hasSize(3); // the convolution's, the norm's and the head's
            TrainingPathsTest.train(
                    model,
                    kind,
                    kind.input(manager),
                    Trees.input(manager, TrainingPathsTest.batch(kind), 2));
            Trees.assertSame(Trees.values(model.getBlock()), base);
            biases(injection)
                    .forEach((name, b) -> assertThat(b).as(name).isNotEqualTo(before.get(name)));
        }
    }

    /** DJL's transformer blocks hold BatchNorms in fields of that type. */
    @ParameterizedTest
    @EnumSource
    void djlsTransformersKeepTheirStatistics(Bias bias) {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            SequentialBlock tree =
                    new SequentialBlock()
                            .add(new TransformerEncoderBlock(6, 2, 9, 0f, Activation::relu));
            tree.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 6));
            Map<String, float[]> base = Trees.values(tree);
            assertThat(base.keySet()).anyMatch(name -> name.endsWith("runningMean"));
            NDArray x = Trees.input(manager, 2, 3, 6);
            tree.freezeParameters(true); // libtorch rounds otherwise where gradients are recorded
            float[] plain = Trees.forward(tree, x);
            Injection injection =
                    Lora.inject(tree, Trees.config("regex:.*Projection").optBias(bias).build());
            assertThat(Trees.forward(tree, x)).isEqualTo(plain);
            ParameterStore store = new ParameterStore(manager, false);
            NDArray loss = tree.forward(store, new NDList(x), true).head().square().sum();
            NDList trained = new NDList();
            tree.getParameters().values().stream()
                    .filter(Parameter::requiresGradient)
                    .forEach(parameter -> trained.add(parameter.getArray()));
            Optimizers.sgd(trained, Autograd.gradients(loss, trained), 0.01);
            Trees.assertSame(Trees.values(tree), base);
            assertThat(trained).hasSize(bias == Bias.NONE ? 8 : bias == Bias.ALL ? 16 : 12);
            assertThat(Trees.forward(tree, x)).isNotEqualTo(plain);
            injection.hosts().forEach(host -> assertThat(host.tensors("default")).isNotEmpty());
            Lora.eject(tree);
            assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        }
    }

    /** A norm that no host can stand in for stays, and the injection is done all the same. */
    @Test
    void aNormOfAnOwnClassInAFieldOfThatClassStays() {
        try (NDManager manager = NDManager.newBaseManager()) {
            SequentialBlock tree =
                    new SequentialBlock()
                            .add(new Held())
                            .add(BatchNorm.builder().build())
                            .add(Linear.builder().setUnits(2).build());
            tree.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
            Lora.inject(tree, Trees.config("Linear").build());
            assertThat(BlockTree.hosts(tree))
                    .extracting(AdapterHost::path)
                    .containsExactly("BatchNorm", "Linear");
        }
    }

    private static final class OwnNorm extends GhostBatchNorm {
        OwnNorm() {
            super(GhostBatchNorm.builder());
        }
    }

    private static final class Held extends AbstractBlock {
        private final OwnNorm norm = addChildBlock("norm", new OwnNorm());

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return norm.forward(store, inputs, training);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return inputs;
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputs) {
            norm.initialize(manager, dataType, inputs);
        }
    }

    /** A norm that one adapter left alone trains whole for the next, statistics included. */
    @Test
    void aNormThatIsSavedWholeTrainsInACopy(@TempDir Path folder) throws Exception {
        LayerKind kind = LayerKind.CONV2D;
        try (Model model = TrainingPathsTest.loaded(kind, folder);
                NDManager manager = NDManager.newBaseManager()) {
            Map<String, float[]> base = Trees.values(model.getBlock());
            Lora.inject(model.getBlock(), kind.config().build(), "first");
            Injection second =
                    Lora.inject(
                            model.getBlock(),
                            kind.config().optModulesToSave("BatchNorm").build(),
                            "second");
            model.setBlock(model.getBlock());
            TrainingPathsTest.train(
                    model,
                    kind,
                    kind.input(manager),
                    Trees.input(manager, TrainingPathsTest.batch(kind), 2));
            Trees.assertSame(Trees.values(model.getBlock()), base);
            second.savedModules()
                    .get(0)
                    .tensors("second")
                    .forEach(
                            (name, copy) ->
                                    assertThat(copy.getArray().toFloatArray())
                                            .as(name)
                                            .isNotEqualTo(base.get("BatchNorm." + name)));
        }
    }

    private static Map<String, float[]> biases(Injection injection) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (AdapterHost host : injection.hosts()) {
            if (host instanceof BiasHost biased) {
                biased.biases("default")
                        .forEach(
                                (name, copy) ->
                                        values.put(
                                                host.path() + "." + name,
                                                copy.getArray().toFloatArray()));
            }
        }
        return values;
    }
}
