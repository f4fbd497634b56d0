/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.recurrent.LSTM;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.core.LoraConfig;

/** What "all-linear" and "all-layers" mean in trees of DJL's blocks. */
final class TargetWordsTest {
    private final NDManager manager = NDManager.newBaseManager();
    @TempDir private Path directory = Path.of("");

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void allLinearSaysThatItAdaptsTheHeadOfAConvolutionalNetAlone() {
        SequentialBlock net = convolutions();
        Injection injection = Lora.inject(net, Trees.config("all-linear").build());
        assertThat(injection.layers()).hasSize(1);
        assertThat(injection.table())
                .contains(
                        "\"all-linear\" adapts 1 of the 4 layers here (Linear); the others are"
                                + " not linear, and \"all-layers\" adapts them too\n");
    }

    @Test
    void allLinearNamesAllLayersWhereNothingIsLinear() {
        SequentialBlock net = convolutions();
        net.removeLastBlock();
        LoraConfig config = Trees.config("all-linear").build();
        assertThatThrownBy(() -> Lora.inject(net, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"all-layers\" selects layers of other kinds (3)");
    }

    @Test
    void allLayersAdaptsConvolutionsAndIsSavedByName() throws Exception {
        SequentialBlock net = convolutions();
        Injection injection = Lora.inject(net, Trees.config("all-layers").build());
        assertThat(injection.layers().stream().map(AdaptedLayer::path))
                .containsExactly("01Conv2d", "03Conv2d", "04Conv2d", "Linear");
        assertThat(injection.table()).doesNotContain("all-layers");
        injection.layers().forEach(layer -> Trees.disturb(layer, "default"));
        float[] adapted = Trees.forward(net, Trees.input(manager, 2, 3, 6, 6));
        Lora.saveAdapter(net, injection, directory);
        // PEFT does not know the word
        assertThat(Files.readString(directory.resolve("adapter_config.json")))
                .contains("Linear")
                .doesNotContain("all-layers");
        Lora.eject(net);
        Lora.loadAdapter(net, "read", directory);
        assertThat(Trees.forward(net, Trees.input(manager, 2, 3, 6, 6))).isEqualTo(adapted);
    }

    @Test
    void allLayersAdaptsRecurrentWeights() throws Exception {
        SequentialBlock net =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(4).build())
                        .add(
                                LSTM.builder()
                                        .setStateSize(3)
                                        .setNumLayers(1)
                                        .optReturnState(false)
                                        .build());
        net.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 3));
        Model model = Model.newInstance("net");
        model.setBlock(net);
        Injection injection = Lora.inject(model, Trees.config("all-layers").build());
        assertThat(injection.layers().stream().map(AdaptedLayer::path))
                .containsExactly("Linear", "LSTM.l_0_i2h_WEIGHT", "LSTM.l_0_h2h_WEIGHT");
        injection.layers().forEach(layer -> Trees.disturb(layer, "default"));
        float[] adapted = Trees.forward(model.getBlock(), Trees.input(manager, 2, 5, 3));
        Lora.saveAdapter(model.getBlock(), injection, directory);
        Lora.eject(model);
        Lora.loadAdapter(model, "read", directory);
        assertThat(Trees.forward(model.getBlock(), Trees.input(manager, 2, 5, 3)))
                .isEqualTo(adapted);
        model.close();
    }

    private SequentialBlock convolutions() {
        SequentialBlock net =
                new SequentialBlock()
                        .add(convolution(4, 1))
                        .add(BatchNorm.builder().build())
                        .add(convolution(4, 4))
                        .add(convolution(2, 1))
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(2).build());
        net.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 6, 6));
        return net;
    }

    private static Conv2d convolution(int filters, int groups) {
        return Conv2d.builder()
                .setFilters(filters)
                .setKernelShape(new Shape(2, 2))
                .optGroups(groups)
                .build();
    }
}
