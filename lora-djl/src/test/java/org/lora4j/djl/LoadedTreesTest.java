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
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfigBuilder;

/**
 * Trees as pretrained ones come: the blocks are made and loaded from a file, and never initialised,
 * so that DJL knows their input shapes but not the inputs' names.
 */
final class LoadedTreesTest {
    /** A tree and the shape of its input. */
    enum Net {
        MLP(4, 6),
        SEQUENCE(2, 3, 9),
        RESIDUAL(2, 3, 6, 6),
        TRANSFORMER(2, 4, 6);

        final Shape input;

        Net(long... input) {
            this.input = new Shape(input);
        }

        SequentialBlock tree() {
            return switch (this) {
                case MLP ->
                        new SequentialBlock()
                                .add(linear(8))
                                .add(BatchNorm.builder().build())
                                .add(Activation::tanh)
                                .add(LayerNorm.builder().build())
                                .add(linear(3));
                case SEQUENCE ->
                        new SequentialBlock()
                                .add(
                                        Conv1d.builder()
                                                .setFilters(4)
                                                .setKernelShape(new Shape(3))
                                                .build())
                                .add(Activation::tanh)
                                .add(Blocks.batchFlattenBlock())
                                .add(linear(3));
                case RESIDUAL ->
                        new SequentialBlock()
                                .add(convolution(4))
                                .add(
                                        new ParallelBlock(
                                                lists ->
                                                        new NDList(
                                                                lists.get(0)
                                                                        .head()
                                                                        .add(lists.get(1).head())),
                                                List.of(
                                                        new SequentialBlock()
                                                                .add(convolution(4))
                                                                .add(BatchNorm.builder().build())
                                                                .add(Activation::relu)
                                                                .add(convolution(4)),
                                                        Blocks.identityBlock())))
                                .add(Pool.globalAvgPool2dBlock())
                                .add(Blocks.batchFlattenBlock())
                                .add(linear(3));
                case TRANSFORMER ->
                        new SequentialBlock()
                                .add(new TransformerEncoderBlock(6, 2, 9, 0.1f, Activation::relu))
                                .add(linear(3));
            };
        }

        private static Block linear(int units) {
            return Linear.builder().setUnits(units).build();
        }

        private static Block convolution(int filters) {
            return Conv2d.builder()
                    .setFilters(filters)
                    .setKernelShape(new Shape(3, 3))
                    .optPadding(new Shape(1, 1))
                    .build();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyLayerIsAdaptedAndActs(Net net, @TempDir Path folder) throws Exception {
        try (Model model = loaded(net, folder);
                NDManager manager = NDManager.newBaseManager()) {
            NDArray x = Trees.input(manager, net.input.getShape());
            model.getBlock().freezeParameters(true);
            float[] plain = Trees.forward(model.getBlock(), x);
            Injection injection = Lora.inject(model, config().build());
            assertThat(injection.layers()).isNotEmpty();
            assertThat(Trees.forward(model.getBlock(), x)).isEqualTo(plain);
            for (AdaptedLayer layer : injection.layers()) {
                float[] before = Trees.forward(model.getBlock(), x);
                Trees.disturb(layer, "default");
                assertThat(Trees.forward(model.getBlock(), x))
                        .as(layer.path())
                        .isNotEqualTo(before);
            }
            assertInputsAreDescribed(model.getBlock());
        }
    }

    @ParameterizedTest
    @EnumSource
    void biasesAndWholeModulesAreCopied(Net net, @TempDir Path folder) throws Exception {
        try (Model model = loaded(net, folder);
                NDManager manager = NDManager.newBaseManager()) {
            NDArray x = Trees.input(manager, net.input.getShape());
            model.getBlock().freezeParameters(true);
            float[] plain = Trees.forward(model.getBlock(), x);
            List<BlockTree.Node> nodes = BlockTree.walk(model.getBlock());
            String head = nodes.get(nodes.size() - 1).path();
            Injection injection =
                    Lora.inject(
                            model,
                            config().optBias(Bias.ALL)
                                    .optExcludeModules("regex:.*" + head)
                                    .optModulesToSave(head)
                                    .build());
            // a listed name selects every path that ends in it
            assertThat(injection.savedModules()).isNotEmpty();
            assertThat(Trees.forward(model.getBlock(), x)).isEqualTo(plain);
            assertInputsAreDescribed(model.getBlock());
        }
    }

    private static void assertInputsAreDescribed(Block root) {
        for (AdapterHost host : BlockTree.hosts(root)) {
            assertThat(host.describeInput().keys()).as(host.path()).isNotEmpty();
            assertThat(host.getInputShapes()).as(host.path()).isNotEmpty();
        }
    }

    private static LoraConfigBuilder config() {
        return Trees.config("regex:.*(Linear|Projection|Conv1d|Conv2d)");
    }

    private static Model loaded(Net net, Path folder) throws Exception {
        try (Model model = Model.newInstance("m")) {
            model.setBlock(net.tree());
            model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, net.input);
            model.save(folder, "m");
        }
        Model model = Model.newInstance("m");
        model.setBlock(net.tree());
        model.load(folder, "m");
        return model;
    }
}
