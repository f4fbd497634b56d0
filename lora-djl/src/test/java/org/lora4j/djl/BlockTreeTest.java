/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.layer.LoraLinear;

final class BlockTreeTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void djlsAttentionReadsItsFieldsSoTheyAreSwappedToo() {
        ScaledDotProductAttentionBlock block =
                ScaledDotProductAttentionBlock.builder()
                        .setEmbeddingSize(6)
                        .setHeadCount(2)
                        .build();
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 4, 6));
        Linear key = block.getKeyProjection();
        checkAllLinearsAct(block, Trees.input(manager, 2, 4, 6));
        assertThat(block.getQueryProjection()).isInstanceOf(LoraLinear.class);
        Lora.eject(block);
        assertThat(block.getKeyProjection()).isSameAs(key);
    }

    @Test
    void djlsEncoderBlockIsAdapted() {
        TransformerEncoderBlock block =
                new TransformerEncoderBlock(6, 2, 9, 0.1f, Activation::relu);
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 4, 6));
        List<AdaptedLayer> layers = checkAllLinearsAct(block, Trees.input(manager, 2, 4, 6));
        assertThat(layers)
                .extracting(AdaptedLayer::path)
                .contains("selfAttention.keyProjection", "selfAttention.resultProjection")
                .hasSize(6);
    }

    @Test
    void djlsBertIsAdaptedByNameInEveryLayer() {
        BertBlock bert =
                BertBlock.builder()
                        .setTokenDictionarySize(20)
                        .optTypeDictionarySize(2)
                        .optEmbeddingSize(6)
                        .optTransformerBlockCount(2)
                        .optAttentionHeadCount(2)
                        .optHiddenSize(9)
                        .optMaxSequenceLength(5)
                        .build();
        bert.initialize(
                manager, DataType.FLOAT32, new Shape(2, 5), new Shape(2, 5), new Shape(2, 5));
        NDArray tokens =
                manager.create(new long[] {1, 5, 3, 7, 2, 4, 9, 11, 2, 0}, new Shape(2, 5));
        NDArray types = manager.zeros(new Shape(2, 5), DataType.INT64);
        NDArray masks = manager.ones(new Shape(2, 5), DataType.INT64);
        bert.freezeParameters(true); // libtorch folds a matmul by whether its weight trains
        float[] plain = Trees.forward(bert, tokens, types, masks);
        Injection injection =
                Lora.inject(bert, Trees.config("queryProjection", "valueProjection").build());
        assertThat(injection.layers()).hasSize(4);
        assertThat(Trees.forward(bert, tokens, types, masks)).isEqualTo(plain);
        for (AdaptedLayer layer : injection.layers()) {
            float[] before = Trees.forward(bert, tokens, types, masks);
            Trees.disturb(layer, "default");
            assertThat(Trees.forward(bert, tokens, types, masks)).isNotEqualTo(before);
        }
    }

    @Test
    void aParallelBlockIsAdapted() {
        ParallelBlock block =
                new ParallelBlock(
                        lists ->
                                new NDList(
                                        lists.get(0)
                                                .singletonOrThrow()
                                                .add(lists.get(1).singletonOrThrow().mul(2))));
        block.add(Linear.builder().setUnits(4).build());
        block.add(Linear.builder().setUnits(4).build());
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 6));
        List<AdaptedLayer> layers = checkAllLinearsAct(block, Trees.input(manager, 2, 6));
        assertThat(layers).extracting(AdaptedLayer::path).containsExactly("01Linear", "02Linear");
    }

    @Test
    void aBlockThatSitsInSeveralPlacesIsOneLayerEverywhere() {
        Linear shared = Linear.builder().setUnits(6).build();
        Holder holder = new Holder(shared);
        SequentialBlock tree = new SequentialBlock().add(shared).add(holder).add(shared);
        tree.initialize(manager, DataType.FLOAT32, new Shape(2, 6));
        NDArray x = Trees.input(manager, 2, 6);
        float[] plain = Trees.forward(tree, x);
        Injection injection = Lora.inject(tree, Trees.config("01Linear").build());
        AdaptedLayer layer = injection.layers().get(0);
        assertThat(tree.getChildren().valueAt(0)).isSameAs(layer);
        assertThat(tree.getChildren().valueAt(2)).isSameAs(layer);
        assertThat(holder.typed).isSameAs(layer);
        assertThat(holder.list).containsExactly(layer);
        assertThat(holder.map).containsEntry("k", layer);
        assertThat(holder.array).containsExactly(layer);
        assertThat(holder.getChildren().valueAt(0)).isSameAs(layer);
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        Trees.disturb(layer, "default");
        assertThat(Trees.forward(tree, x)).isNotEqualTo(plain);
        Lora.eject(tree);
        assertThat(Trees.forward(tree, x)).isEqualTo(plain);
        assertThat(holder.map).containsEntry("k", shared);
    }

    @Test
    void anInjectionThatFailsHalfWayLeavesTheTreeAsItWas() {
        Linear head = Linear.builder().setUnits(6).build();
        // no frame can stand around the root itself
        Holder holder = new Holder(head, Trees.mlp());
        Block tree = holder;
        tree.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        int arrays = manager.getManagedArrays().size();
        List<String> trained = Trees.trained(tree);
        assertThat(trained).isNotEmpty();
        assertThatThrownBy(
                        () ->
                                Lora.inject(
                                        tree,
                                        Trees.config("01Linear")
                                                .optModulesToSave("linear")
                                                .build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the root block: field typed of")
                .hasMessageContaining("holds a Linear; a SavedModule does not fit there");
        assertThat(BlockTree.hosts(tree)).isEmpty();
        assertThat(holder.typed).isSameAs(head);
        assertThat(holder.list).containsExactly(head);
        assertThat(Trees.trained(tree)).isEqualTo(trained);
        assertThat(manager.getManagedArrays()).hasSize(arrays);
    }

    @Test
    void editsThatWereMadeAreTakenBackWhenALaterOneFails() {
        Linear first = Linear.builder().setUnits(3).build();
        Stubborn stubborn = new Stubborn(Linear.builder().setUnits(3).build());
        Holder holder = new Holder(first);
        SequentialBlock tree = new SequentialBlock().add(first).add(holder).add(stubborn);
        tree.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        List<String> trained = Trees.trained(tree);
        assertThatThrownBy(() -> Lora.inject(tree, Trees.config("all-linear").build()))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("not this one");
        assertThat(tree.getChildren().valueAt(0)).isSameAs(first);
        assertThat(tree.getChildren().keyAt(0)).isEqualTo("01Linear");
        assertThat(holder.typed).isSameAs(first);
        assertThat(holder.list).containsExactly(first);
        assertThat(holder.map).containsEntry("k", first);
        assertThat(holder.array).containsExactly(first);
        assertThat(Trees.trained(tree)).isEqualTo(trained);
    }

    @Test
    void whatLiesInAHostIsNotWalked() {
        SequentialBlock mlp = Trees.mlp(manager);
        List<String> before = BlockTree.walk(mlp).stream().map(BlockTree.Node::path).toList();
        Lora.inject(mlp, Trees.config("all-linear").build());
        assertThat(BlockTree.walk(mlp).stream().map(BlockTree.Node::path)).isEqualTo(before);
        assertThat(before).containsExactly("", "01Linear", "LambdaBlock", "03Linear");
        assertThat(BlockParameters.of(mlp))
                .containsOnlyKeys("01Linear.weight", "01Linear.bias", "03Linear.weight");
        IdentityHashMap<Block, Block> nothing = new IdentityHashMap<>();
        BlockTree.replace(mlp, nothing);
        assertThat(BlockTree.hosts(mlp)).hasSize(2);
    }

    /** Adapts every linear layer and checks that the forward pass goes through each of them. */
    private List<AdaptedLayer> checkAllLinearsAct(Block block, NDArray x) {
        block.freezeParameters(true); // libtorch folds a matmul by whether its weight trains
        float[] plain = Trees.forward(block, x);
        Injection injection = Lora.inject(block, Trees.config("all-linear").build());
        assertThat(Trees.forward(block, x)).isEqualTo(plain);
        for (AdapterHost host : injection.layers()) {
            float[] before = Trees.forward(block, x);
            Trees.disturb(host, "default");
            assertThat(Trees.forward(block, x)).as(host.path()).isNotEqualTo(before);
        }
        Map<Boolean, List<BlockTree.Node>> linears =
                BlockTree.walk(block).stream()
                        .filter(node -> node.block() instanceof Linear)
                        .collect(
                                java.util.stream.Collectors.partitioningBy(
                                        node -> node.block() instanceof LoraLinear));
        assertThat(linears.get(false)).isEmpty();
        assertThat(linears.get(true)).hasSameSizeAs(injection.layers());
        return injection.layers();
    }

    /** Keeps one layer in every way in which DJL's blocks keep their children. */
    static final class Holder extends AbstractBlock {
        private final Linear typed;
        private final List<Block> list;
        private final Map<String, Block> map;
        private final Block[] array;

        Holder(Linear linear, Block... others) {
            typed = addChildBlock("linear", linear);
            list = List.of(linear);
            map = Map.of("k", linear);
            array = new Block[] {linear};
            for (Block other : others) {
                addChildBlock("other", other);
            }
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return typed.forward(store, inputs, training);
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            getChildren().values().forEach(b -> b.initialize(manager, dataType, inputShapes));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return typed.getOutputShapes(inputShapes);
        }
    }

    /** Refuses to let its child go. */
    static final class Stubborn extends AbstractBlock implements ReplaceableChildren {
        private final Linear child;

        Stubborn(Linear child) {
            this.child = addChildBlock("child", child);
        }

        @Override
        public void replaceChild(Block old, Block replacement) {
            throw new UnsupportedOperationException("not this one");
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            return child.forward(store, inputs, training);
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            child.initialize(manager, dataType, inputShapes);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return child.getOutputShapes(inputShapes);
        }
    }
}
