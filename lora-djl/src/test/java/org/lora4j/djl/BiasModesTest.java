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
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.BiasHost;
import org.lora4j.block.copy.TrainedBiases;
import org.lora4j.core.Bias;

/** The three bias modes on a tree of several kinds of blocks, and adapters that do not mix. */
final class BiasModesTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    /** Conv, then two linear layers side by side, a norm, and a last layer. */
    private SequentialBlock mixed() {
        ParallelBlock both =
                new ParallelBlock(list -> new NDList(list.get(0).head().add(list.get(1).head())))
                        .add(Linear.builder().setUnits(7).build())
                        .add(Linear.builder().setUnits(7).optBias(false).build());
        SequentialBlock tree =
                new SequentialBlock()
                        .add(Conv2d.builder().setFilters(3).setKernelShape(new Shape(2, 2)).build())
                        .add(Blocks.batchFlattenBlock())
                        .add(both)
                        .add(LayerNorm.builder().build())
                        .add(Activation.tanhBlock())
                        .add(Linear.builder().setUnits(4).build());
        tree.initialize(manager, DataType.FLOAT32, new Shape(5, 2, 3, 4));
        return tree;
    }

    @Test
    void aModeSelectsWhatTrainsAndWhatTheStateHolds() {
        for (Bias mode : Bias.values()) {
            SequentialBlock tree = mixed();
            NDArray x = Trees.input(manager, 5, 2, 3, 4);
            Map<String, float[]> base = Trees.values(tree);
            float[] plain = Trees.forward(tree, x);
            Injection injection =
                    Lora.inject(
                            tree,
                            Trees.config("ParallelBlock.02Linear", "Linear").optBias(mode).build());
            assertThat(Trees.forward(tree, x)).isEqualTo(plain);
            List<String> expected =
                    switch (mode) {
                        case NONE -> List.of();
                        case LORA_ONLY -> List.of("Linear.bias");
                        case ALL ->
                                List.of(
                                        "Conv2d.bias",
                                        "ParallelBlock.01Linear.bias",
                                        "LayerNorm.beta",
                                        "Linear.bias");
                    };
            try (NDList state = Lora.loraStateDict(tree, mode)) {
                List<String> names = state.stream().map(NDArray::getName).toList();
                assertThat(names).hasSize(4 + expected.size()).containsAll(expected);
            }
            assertThat(Trees.trained(tree)).hasSize(4 + expected.size());
            int own = mode == Bias.NONE ? 0 : 4;
            int others = mode == Bias.ALL ? 3 + 7 + 7 : 0;
            long pairs = 2 * (18 + 7) + 2 * (7 + 4);
            assertThat(injection.parameterCount()).isEqualTo(pairs + own + others);
            assertThat(injection.table()).contains(String.format("%,d", pairs + own + others));
            injection.hosts().forEach(host -> Trees.disturb(host, "default"));
            float[] adapted = Trees.forward(tree, x);
            assertThat(adapted).isNotEqualTo(plain);
            Trees.assertSame(Trees.values(tree), base);
            Lora.mergeAndUnload(tree);
            assertThat(BlockTree.hosts(tree)).isEmpty();
            assertThat(Trees.forward(tree, x)).containsExactly(adapted, within(1e-5f));
        }
    }

    @Test
    void biasesSwitchWithTheAdapterAndGoWithIt() {
        SequentialBlock tree = mixed();
        NDArray x = Trees.input(manager, 5, 2, 3, 4);
        Map<String, float[]> base = Trees.values(tree);
        float[] plain = Trees.forward(tree, x);
        Injection one = Lora.inject(tree, Trees.config("Linear").optBias(Bias.ALL).build(), "1");
        one.hosts().forEach(host -> Trees.disturb(host, "1"));
        float[] first = Trees.forward(tree, x);
        // the second adapts a layer of which the first trains the bias alone
        Injection two =
                Lora.inject(
                        tree,
                        Trees.config("ParallelBlock.01Linear").optBias(Bias.LORA_ONLY).build(),
                        "2");
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        assertThat(Trees.trained(tree)).hasSize(3).allMatch(name -> name.contains("ParallelBlock"));
        two.hosts().forEach(host -> Trees.disturb(host, "2"));
        float[] second = Trees.forward(tree, x);
        assertThat(second).isNotEqualTo(plain).isNotEqualTo(first);
        two.context().active().setDefault(AdapterSelection.of("1"));
        assertThat(Trees.forward(tree, x)).isEqualTo(first);
        two.context().active().setDefault(AdapterSelection.of("2"));
        assertThat(Trees.forward(tree, x)).isEqualTo(second);
        two.context().active().setDefault(AdapterSelection.none());
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        Lora.eject(tree);
        assertThat(BlockTree.hosts(tree)).isEmpty();
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        Trees.assertSame(Trees.values(tree), base);
    }

    @Test
    void markingAfterwardsMakesCopiesAndANarrowerModeFreezesThem() {
        SequentialBlock tree = mixed();
        Lora.inject(tree, Trees.config("Linear").build());
        assertThat(Trees.trained(tree)).hasSize(2);
        Lora.markOnlyLoraAsTrainable(tree, Bias.ALL);
        assertThat(Trees.trained(tree)).hasSize(2 + 4);
        Lora.markOnlyLoraAsTrainable(tree, Bias.LORA_ONLY);
        assertThat(Trees.trained(tree))
                .containsExactlyInAnyOrder(
                        "06Linear_lora_A", "06Linear_lora_B", "06Linear_bias@default");
        Lora.markOnlyLoraAsTrainable(tree, Bias.NONE);
        assertThat(Trees.trained(tree)).hasSize(2);
    }

    @Test
    void aStateWithBiasesLoadsIntoATreeWithoutTouchingItsBase() {
        SequentialBlock tree = mixed();
        NDArray x = Trees.input(manager, 5, 2, 3, 4);
        Injection injection = Lora.inject(tree, Trees.config("Linear").optBias(Bias.ALL).build());
        injection.hosts().forEach(host -> Trees.disturb(host, "default"));
        float[] expected = Trees.forward(tree, x);
        NDList state = Lora.loraStateDict(tree, Bias.ALL);
        Lora.eject(tree);
        Map<String, float[]> base = Trees.values(tree);
        Lora.inject(tree, Trees.config("Linear").build());
        LoadReport partial = Lora.loadLoraStateDict(tree, state, Bias.NONE);
        assertThat(partial.unexpected()).hasSize(4).contains("Conv2d.bias", "Linear.bias");
        assertThat(Trees.forward(tree, x)).isNotEqualTo(expected);
        assertThat(state.remove(0).getName()).isEqualTo("Linear.lora_A");
        LoadReport report = Lora.loadLoraStateDict(tree, state, Bias.ALL);
        assertThat(report.missing()).containsExactly("Linear.lora_A");
        assertThat(report.unexpected()).isEmpty();
        assertThat(Trees.forward(tree, x)).isEqualTo(expected);
        Trees.assertSame(Trees.values(tree), base);
        assertThat(Trees.trained(tree)).hasSize(2); // loading does not change what trains
    }

    @Test
    void whatHasNoPlaceForAHostIsNamedAndNothingChanges() {
        TransformerEncoderBlock encoder =
                new TransformerEncoderBlock(6, 2, 9, 0f, Activation::relu);
        SequentialBlock tree = new SequentialBlock().add(encoder).add(new Normed());
        tree.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 6));
        List<String> before = BlockTree.walk(tree).stream().map(BlockTree.Node::path).toList();
        List<String> trained = Trees.trained(tree);
        assertThatThrownBy(
                        () ->
                                Lora.inject(
                                        tree,
                                        Trees.config("regex:.*Projection")
                                                .optBias(Bias.ALL)
                                                .build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds a LayerNorm")
                .hasMessageContaining("LORA_ONLY");
        assertThat(BlockTree.hosts(tree)).isEmpty();
        assertThat(BlockTree.walk(tree)).extracting(BlockTree.Node::path).isEqualTo(before);
        assertThat(Trees.trained(tree)).isEqualTo(trained);
        Injection fine =
                Lora.inject(
                        tree, Trees.config("regex:.*Projection").optBias(Bias.LORA_ONLY).build());
        assertThat(fine.layers()).hasSize(4);
        assertThat(Trees.trained(tree)).hasSize(4 * 3);
    }

    /** Its norm is in a field of a class that has no constructor for others. */
    private static final class Normed extends AbstractBlock {
        private final LayerNorm norm;

        Normed() {
            norm = addChildBlock("norm", LayerNorm.builder().build());
        }

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

    @Test
    void theHostsOfABlockAreWhatItIs() {
        SequentialBlock tree = mixed();
        Lora.inject(tree, Trees.config("Linear").optBias(Bias.ALL).build());
        for (AdapterHost host : BlockTree.hosts(tree)) {
            assertThat(host).isInstanceOf(BiasHost.class);
            assertThat(host instanceof Linear).isEqualTo(host.base() instanceof Linear);
            assertThat(host instanceof TrainedBiases).isNotEqualTo(host instanceof AdaptedLayer);
        }
        assertThat(tree.toString()).contains("LayerNorm");
        assertThat(BlockTree.hosts(tree)).hasSize(4); // one linear layer has no bias, so no host
    }
}
