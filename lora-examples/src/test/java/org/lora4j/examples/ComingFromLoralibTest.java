/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.core.Bias;
import org.lora4j.core.ConvForm;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.loralib.ConversionRequest;
import org.lora4j.loralib.ConversionResult;
import org.lora4j.loralib.LoraStateDictFile;
import org.lora4j.loralib.LoralibConverter;

/** The code of the page for people who come from loralib. */
final class ComingFromLoralibTest {
    @TempDir Path folder;
    private final Model model = Model.newInstance("any", "PyTorch");

    /** A convolution, a layer of three fused slices, a last layer. */
    @BeforeEach
    void build() {
        SequentialBlock block =
                new SequentialBlock()
                        .add(Conv2d.builder().setFilters(4).setKernelShape(new Shape(2, 2)).build())
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(15).build())
                        .add(Linear.builder().setUnits(3).build());
        block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 2, 3, 3));
        model.setBlock(block);
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void layersAreSwappedInPlace() {
        // snippet: loralib-layers
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(2)
                        .setAlpha(4)
                        .optDropout(0.1)
                        .optInit(Init.KAIMING_UNIFORM) // as loralib; the default is Gaussian
                        .optTargetModules("Conv2d", "03Linear", "04Linear")
                        .optConvForm(ConvForm.LORALIB)
                        .optEnableLora("03Linear", true, false, true)
                        .optMergeOnInference(true)
                        .build();
        Injection injection = Lora.inject(model, config);
        // end
        assertThat(injection.layers())
                .extracting(AdaptedLayer::kind)
                .containsExactly("Conv2d", "MergedLinear", "Linear");
        // snippet: loralib-layer
        AdaptedLayer layer = injection.layers().get(2);
        LoraAdapter adapter = layer.adapter("default").orElseThrow();
        NDArray a = adapter.a().getArray(); // layer.lora_A
        NDArray b = adapter.b().getArray(); // layer.lora_B
        double scaling = adapter.spec().scaling(); // layer.scaling
        // end
        assertThat(a.getShape()).isEqualTo(new Shape(2, 15));
        assertThat(b.getShape()).isEqualTo(new Shape(3, 2));
        assertThat(scaling).isEqualTo(2);
        // snippet: loralib-merge
        injection.merge(); // W0 + s B A beside W0, for inference
        injection.unmerge(); // W0 was never written
        Lora.mergeAndUnload(model.getBlock()); // plain layers again, with the adapter in them
        // end
        assertThat(model.getBlock().getChildren().valueAt(3)).isExactlyInstanceOf(Linear.class);
    }

    @Test
    void aCheckpointBecomesPefts() throws IOException {
        Path file = folder.resolve("lora.pt");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray a = manager.ones(new Shape(4, 5));
            NDArray b = manager.ones(new Shape(6, 2));
            a.setName("h.0.attn.c_attn.lora_A");
            b.setName("h.0.attn.c_attn.lora_B");
            LoraStateDictFile.writeTorch(file, new NDList(a, b));
        }
        // snippet: loralib-convert
        ConversionResult result =
                LoralibConverter.convert(
                        ConversionRequest.builder()
                                .setCheckpoint(file)
                                .setAlpha(16) // no file holds it
                                .optEnableLora("c_attn", List.of(true, false, true))
                                .setOutput(folder.resolve("adapter"))
                                .build());
        // end
        assertThat(result.modules()).hasSize(1);
        assertThat(result.bias()).isEqualTo(Bias.NONE);
        assertThat(folder.resolve("adapter/adapter_model.safetensors")).exists();
    }
}
