/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.layer.SubstitutionFrame;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.torch.Torch;

/** Models of ours where weights are substituted. */
final class FramedRootTest {
    @TempDir private Path folder = Path.of("");

    private LoraModel bert() throws IOException {
        return LoraModel.load(Golden.model(folder, "bare"), Task.sequenceClassification("a", "b"));
    }

    private static LoraConfig config(String... targets) {
        return LoraConfig.builder().setRank(2).setAlpha(6).optTargetModules(targets).build();
    }

    /** Every layer of ours can be swapped, so that no frame comes between it and its context. */
    @Test
    void nothingIsSubstitutedInAModelOfOurs() throws IOException {
        try (LoraModel model = bert();
                Model djl = model.asModel()) {
            Block root = djl.getBlock();
            Injection injection = Lora.inject(djl, config("all-layers"));
            assertThat(injection.layers())
                    .isNotEmpty()
                    .noneMatch(SubstitutedWeight.class::isInstance);
            assertThat(djl.getBlock()).isSameAs(root);
            assertThat(injection.context()).isSameAs(model.block().loraContext());
        }
    }

    /** A user's root with a weight of its own and a model of ours below it. */
    @Test
    void aFrameStandsAroundAModelOfOurs() throws IOException {
        try (LoraModel model = bert();
                Model djl = Model.newInstance("scored")) {
            Scored scored = new Scored(model.block());
            NDManager manager = model.manager();
            scored.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            djl.setBlock(scored);
            float[] plain = run(djl.getBlock(), manager);
            Injection injection = Lora.inject(djl, config("scores", "query"));
            assertThat(djl.getBlock()).isInstanceOf(SubstitutionFrame.class);
            assertThat(injection.layers())
                    .extracting(AdaptedLayer::path)
                    .contains("scores")
                    .hasSizeGreaterThan(1);
            assertThat(run(djl.getBlock(), manager)).isEqualTo(plain);
            for (AdaptedLayer layer : injection.layers()) {
                float[] before = run(djl.getBlock(), manager);
                for (Parameter parameter : layer.tensors("default").values()) {
                    NDArray array = parameter.getArray();
                    try (NDManager scope = manager.newSubManager()) {
                        NDArray noise = scope.randomNormal(array.getShape());
                        Torch.copyInto(array, noise);
                    }
                }
                assertThat(run(djl.getBlock(), manager)).as(layer.path()).isNotEqualTo(before);
            }
            float[] adapted = run(djl.getBlock(), manager);
            Path directory = folder.resolve("adapter");
            Lora.saveAdapter(djl.getBlock(), injection, directory);
            Lora.eject(djl);
            assertThat(djl.getBlock()).isSameAs(scored);
            assertThat(run(scored, manager)).isEqualTo(plain);
            Lora.loadAdapter(djl, "read", directory);
            assertThat(run(djl.getBlock(), manager)).isEqualTo(adapted);
            Lora.eject(djl);
        }
    }

    private static float[] run(Block block, NDManager manager) {
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = new Shape(1, 4);
            NDList inputs =
                    new NDList(
                            scope.create(new long[] {1, 5, 7, 2}, shape),
                            scope.create(new long[] {1, 1, 1, 1}, shape),
                            scope.create(new long[] {0, 0, 1, 1}, shape));
            return block.forward(new ParameterStore(scope, false), inputs, false)
                    .head()
                    .toFloatArray();
        }
    }

    /** Turns two logits into three scores. */
    private static final class Scored extends AbstractBlock {
        private final Block model;
        private final Parameter scores;

        Scored(Block model) {
            this.model = addChildBlock("model", model);
            scores =
                    addParameter(
                            Parameter.builder()
                                    .setName("scores")
                                    .setType(Parameter.Type.WEIGHT)
                                    .optShape(new Shape(2, 3))
                                    .build());
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            NDArray logits = model.forward(store, inputs, training).head();
            return new NDList(logits.matMul(store.getValue(scores, logits.getDevice(), training)));
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            // the model was loaded
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return new Shape[] {new Shape(inputs[0].get(0), 3)};
        }
    }
}
