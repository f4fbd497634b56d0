/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.nn.Block;
import ai.djl.nn.ParameterList;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Lora;

/** Models that cannot be adapted are refused for what they are, with what to do instead. */
final class RefusedScriptTest {
    private static Model load(String name) throws Exception {
        Path archive = ScriptGolden.of(name).archive();
        Model model = Model.newInstance("script", "PyTorch");
        model.load(archive.getParent(), String.valueOf(archive.getFileName()));
        return model;
    }

    private static LoraConfig config(String target) {
        return LoraConfig.builder().setRank(2).setAlpha(3).optTargetModules(target).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear1", "linear2", "out_proj", "regex:.*linear1"})
    void aFusedEncoderLayerIsToBeTracedAgain(String target) throws Exception {
        try (Model model = load("encoder-fused")) {
            Block block = model.getBlock();
            assertThatThrownBy(() -> Lora.inject(model, config(target)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("layer.")
                    .hasMessageContaining("traced under torch.no_grad into the fused")
                    .hasMessageContaining("_transformer_encoder_layer_fwd")
                    .hasMessageContaining("trace it again with gradients enabled");
            assertThat(model.getBlock()).isSameAs(block);
        }
    }

    @Test
    void aLayerBesideAFusedOneIsAdapted() throws Exception {
        try (Model model = load("encoder-fused")) {
            assertThat(Lora.inject(model, config("all-linear")).layers())
                    .extracting(AdaptedLayer::path)
                    .containsExactly("out");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b", "all-linear", "all-layers", "regex:.*"})
    void aQuantizedModelIsToBeExportedBefore(String target) throws Exception {
        try (Model model = load("dynamic-int8")) {
            assertThatThrownBy(() -> Lora.inject(model, config(target)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("quantized to int8")
                    .hasMessageContaining("export the model before quantizing it");
        }
    }

    @Test
    void anOnnxModelIsToBeTraced() {
        try (Model model = Model.newInstance("onnx", "PyTorch")) {
            model.setBlock(new OrtSymbolBlock());
            assertThatThrownBy(() -> Lora.inject(model, config("all-linear")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("the model is an ONNX model (OrtSymbolBlock)")
                    .hasMessageContaining("computes no gradients")
                    .hasMessageContaining("tools/trace/trace.py");
            assertThatThrownBy(() -> Lora.loadAdapter(model, "some", Path.of("nowhere")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("the model is an ONNX model (OrtSymbolBlock)");
        }
    }

    @Test
    void anOnnxModelInATreeIsNamed() {
        try (Model model = Model.newInstance("onnx", "PyTorch")) {
            Linear head = Linear.builder().setUnits(2).build();
            head.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3));
            model.setBlock(new SequentialBlock().add(new OrtSymbolBlock()).add(head));
            assertThatThrownBy(() -> Lora.inject(model, config("all-linear")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("OrtSymbolBlock is an ONNX model (OrtSymbolBlock)");
        }
    }

    /** As DJL's block of ONNX Runtime, which does not tell its parameters. */
    private static final class OrtSymbolBlock extends AbstractSymbolBlock {
        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            return inputs;
        }

        @Override
        public void removeLastBlock() {
            throw new UnsupportedOperationException("ONNX Runtime not supported");
        }

        @Override
        public ParameterList getDirectParameters() {
            throw new UnsupportedOperationException("Not yet supported");
        }
    }
}
