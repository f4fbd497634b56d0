/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.weight.TransposedExperts;
import org.lora4j.core.Combination;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.torch.TorchKernels;

/** Parameters that are adapted by themselves, beside sums in double precision. */
final class TargetParametersTest {
    private static final int EXPERTS = 3;
    private static final int IN = 5;
    private static final int OUT = 4;

    private final NDManager manager = NDManager.newBaseManager();
    private @TempDir Path directory;

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachExpertHasItsOwnRowsOfAAndColumnsOfB(boolean transposed) {
        SequentialBlock tree = tree(transposed);
        float[] plain = weight(tree);
        Injection injection = Lora.inject(tree, config().build());
        assertThat(injection.layers()).hasSize(2);
        AdaptedLayer layer = injection.layers().get(0);
        assertThat(layer.tensors("default").values())
                .extracting(p -> p.getArray().getShape())
                .containsExactly(new Shape(2 * EXPERTS, IN), new Shape(OUT, 2 * EXPERTS));
        assertThat(weight(tree)).isEqualTo(plain);
        Trees.disturb(layer, "default");
        float[] expected = naive(plain, layer, "default", 3.5, transposed);
        assertThat(weight(tree)).containsExactly(expected, within(2e-5f));
        AdapterSelection half = new AdapterSelection(Map.of("default", 0.5));
        injection.context().active().setDefault(half);
        assertThat(weight(tree))
                .containsExactly(naive(plain, layer, "default", 1.75, transposed), within(2e-5f));
        injection.context().active().setDefault(AdapterSelection.of("default"));
        Lora.mergeAndUnload(tree);
        assertThat(weight(tree)).containsExactly(expected, within(2e-5f));
        assertThat(BlockTree.hosts(tree)).isEmpty();
    }

    @Test
    void severalAdaptersAreAdded() {
        SequentialBlock tree = tree(false);
        float[] plain = weight(tree);
        AdaptedLayer layer = Lora.inject(tree, config().build()).layers().get(0);
        Trees.disturb(layer, "default");
        Injection second = Lora.inject(tree, config().setRank(3).setAlpha(2).build(), "other");
        Trees.disturb(layer, "other");
        second.context().active().setDefault(AdapterSelection.of("default", "other"));
        float[] one = naive(plain, layer, "default", 3.5, false);
        assertThat(weight(tree))
                .containsExactly(naive(one, layer, "other", 2 / 3.0, false), within(2e-5f));
        assertThatThrownBy(
                        () ->
                                Lora.addWeightedAdapter(
                                        tree,
                                        "sum",
                                        AdapterSelection.of("default", "other"),
                                        Combination.cat()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no plain B·A");
    }

    @Test
    void filesHavePeftsNamesAndAreReadAgain() throws IOException {
        SequentialBlock tree = tree(false);
        String block = BlockTree.walk(tree).get(1).path();
        String linear = BlockTree.walk(tree).get(2).path();
        LoraConfig named =
                config().optTargetParameters(block + ".down", "first", linear + ".weight")
                        .optRankPattern(Map.of(block + ".down", 3, linear + ".weight", 1))
                        .optAlphaPattern(Map.of(block + ".first", 5.0))
                        .build();
        Injection injection = Lora.inject(tree, named);
        injection.layers().forEach(layer -> Trees.disturb(layer, "default"));
        float[] adapted = weight(tree);
        Lora.saveAdapter(tree, injection, directory);
        try (NDManager scope = manager.newSubManager()) {
            PeftAdapter file = PeftAdapter.read(directory, scope);
            assertThat(file.tensors())
                    .hasSize(6)
                    .hasEntrySatisfying(
                            block + ".base_layer.lora_A.weight",
                            a -> assertThat(a.getShape()).isEqualTo(new Shape(2 * EXPERTS, IN)))
                    .hasEntrySatisfying(
                            block + ".lora_B.weight",
                            b -> assertThat(b.getShape()).isEqualTo(new Shape(6, 3 * EXPERTS)))
                    .hasEntrySatisfying(
                            linear + ".lora_A.weight",
                            a -> assertThat(a.getShape()).isEqualTo(new Shape(1, 6)));
            assertThat(file.config().toJson()).contains("\"target_modules\": []");
            assertThat(file.config().lora().scalingFor(block + ".first")).isEqualTo(2.5);
        }
        SequentialBlock fresh = tree(false);
        Lora.loadAdapter(fresh, "read", directory);
        assertThat(weight(fresh)).isEqualTo(adapted);
        Lora.eject(fresh);
        assertThat(weight(fresh)).isNotEqualTo(adapted).isEqualTo(weight(tree(false)));
    }

    @Test
    void whatCannotBeHadIsRefusedByName() {
        assertRefused(config().optTargetParameters("nowhere"), "\"nowhere\" matches no parameter");
        assertRefused(config().optTargetParameters("bias"), "bias", "two or three dimensions");
        assertRefused(
                config().optTargetParameters("weight").optTargetModules("all-linear"),
                "name it as one of the two");
        assertThatThrownBy(() -> config().optDropout(0.1).build())
                .hasMessageContaining("dropout 0.1 cannot be had");
        assertThatThrownBy(() -> config().optDora(true).build())
                .hasMessageContaining("DoRA or a bias of B cannot be had");
    }

    private void assertRefused(LoraConfigBuilder config, String... words) {
        SequentialBlock tree = tree(false);
        float[] plain = weight(tree);
        assertThatThrownBy(() -> Lora.inject(tree, config.build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words);
        assertThat(weight(tree)).isEqualTo(plain);
    }

    @Test
    void plainArithmeticIsThatOfPyTorch() {
        NDArray a = Trees.input(manager, 2 * EXPERTS, IN);
        NDArray b = Trees.input(manager, OUT, 2 * EXPERTS);
        for (boolean transposed : new boolean[] {false, true}) {
            Shape shape = new Shape(EXPERTS, transposed ? IN : OUT, transposed ? OUT : IN);
            NDArray w = Trees.input(manager, shape.getShape());
            LowRankTerm term = new LowRankTerm(a, b, 0.75, DeltaDtype.ACTIVATION);
            float[] theirs = new TorchKernels().changeExperts(w, term, transposed).toFloatArray();
            assertThat(new NdArrayKernels().changeExperts(w, term, transposed).toFloatArray())
                    .containsExactly(theirs, within(2e-5f));
        }
    }

    /** W + s B A of each expert, summed in double precision. */
    private static float[] naive(
            float[] w, AdaptedLayer layer, String adapter, double s, boolean transposed) {
        Map<String, Parameter> tensors = layer.tensors(adapter);
        NDArray first = tensors.get("lora_A.weight").getArray();
        float[] a = first.toFloatArray();
        float[] b = tensors.get("lora_B.weight").getArray().toFloatArray();
        int rank = (int) first.getShape().get(0) / EXPERTS;
        float[] sum = w.clone();
        for (int e = 0; e < EXPERTS; e++) {
            for (int o = 0; o < OUT; o++) {
                for (int i = 0; i < IN; i++) {
                    double change = 0;
                    for (int r = 0; r < rank; r++) {
                        double left = b[o * rank * EXPERTS + r * EXPERTS + e];
                        change += left * a[(e * rank + r) * IN + i];
                    }
                    int at = transposed ? (e * IN + i) * OUT + o : (e * OUT + o) * IN + i;
                    sum[at] = (float) (w[at] + s * change);
                }
            }
        }
        return sum;
    }

    private static LoraConfigBuilder config() {
        return LoraConfig.builder()
                .setRank(2)
                .setAlpha(7)
                .optSeed(5)
                .optTargetParameters("first", "down");
    }

    private SequentialBlock tree(boolean transposed) {
        SequentialBlock tree =
                new SequentialBlock()
                        .add(transposed ? new InputsFirst() : new Experts(OUT, IN))
                        .add(Linear.builder().setUnits(2).build());
        tree.getChildren().get(1).getValue().initialize(manager, DataType.FLOAT32, new Shape(1, 6));
        tree.getChildren().get(0).getValue().initialize(manager, DataType.FLOAT32, new Shape(1));
        for (Parameter parameter : tree.getParameters().values()) {
            Shape shape = parameter.getArray().getShape();
            parameter.getArray().set(Trees.input(manager, shape.getShape()).toFloatArray());
            parameter.freeze(true);
        }
        return tree;
    }

    /** What the first block gives, which is its weight. */
    private float[] weight(SequentialBlock tree) {
        NDArray x = manager.ones(new Shape(1));
        return tree.getChildren()
                .get(0)
                .getValue()
                .forward(new ParameterStore(manager, false), new NDList(x), false)
                .head()
                .toFloatArray();
    }

    private static class Experts extends AbstractBlock {
        private final Parameter first;

        Experts(int rows, int columns) {
            first = parameter("first", new Shape(EXPERTS, rows, columns));
            parameter("down", new Shape(EXPERTS, 6, 2));
        }

        private Parameter parameter(String name, Shape shape) {
            return addParameter(
                    Parameter.builder()
                            .setName(name)
                            .setType(Parameter.Type.WEIGHT)
                            .optShape(shape)
                            .build());
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            NDArray x = inputs.head();
            return new NDList(store.getValue(first, x.getDevice(), training).mul(x));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return List.of(first.getArray().getShape()).toArray(new Shape[0]);
        }
    }

    private static final class InputsFirst extends Experts implements TransposedExperts {
        InputsFirst() {
            super(IN, OUT);
        }
    }
}
