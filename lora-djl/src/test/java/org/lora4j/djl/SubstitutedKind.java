/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Models with weights that are substituted, since no layer of ours can stand for their blocks. */
enum SubstitutedKind {
    LSTM_ROOT(SubstitutedKind::lstm, sequence(), "l_0_i2h_WEIGHT", "l_0_h2h_WEIGHT"),
    GRU_ROOT(SubstitutedKind::gru, sequence(), "l_0_i2h_WEIGHT", "l_0_h2h_WEIGHT"),
    RNN_ROOT(SubstitutedKind::rnn, sequence(), "l_0_i2h_WEIGHT", "l_0_h2h_WEIGHT"),
    LSTM_IN_TREE(() -> tree(lstm()), sequence(), "LSTM.l_0_i2h_WEIGHT", "LSTM.l_0_h2h_WEIGHT"),
    GRU_IN_TREE(() -> tree(gru()), sequence(), "GRU.l_0_i2h_WEIGHT", "GRU.l_0_h2h_WEIGHT"),
    RNN_IN_TREE(() -> tree(rnn()), sequence(), "RNN.l_0_i2h_WEIGHT", "RNN.l_0_h2h_WEIGHT"),
    BERT_TABLES(
            SubstitutedKind::bert,
            List.of(new Shape(2, 5), new Shape(2, 5), new Shape(2, 5)),
            "positionEmbedding",
            "tokenEmbedding"),
    OWN_PARAMETER(OwnParameter::new, List.of(new Shape(2, 3, 4)), "mix");

    private final Supplier<Block> factory;
    private final List<Shape> inputs;
    private final List<String> targets;

    SubstitutedKind(Supplier<Block> factory, List<Shape> inputs, String... targets) {
        this.factory = factory;
        this.inputs = inputs;
        this.targets = List.of(targets);
    }

    List<String> targets() {
        return targets;
    }

    Shape[] inputShapes() {
        return inputs.toArray(Shape[]::new);
    }

    /** A new model, with no array yet. */
    Block plain() {
        return factory.get();
    }

    /** A new model with drawn weights. */
    Block initialised(NDManager manager, DataType type) {
        Block block = plain();
        block.setInitializer(new NormalInitializer(0.4f), Parameter.Type.WEIGHT);
        block.initialize(manager, type, inputShapes());
        return block;
    }

    /** Its inputs, the same at each call. */
    NDList input(NDManager manager, DataType type) {
        Random random = new Random(3);
        NDList list = new NDList();
        for (int i = 0; i < inputs.size(); i++) {
            int size = (int) inputs.get(i).size();
            NDArray array;
            if (this == BERT_TABLES) {
                long[] ids = random.longs(size, 0, i == 0 ? 20 : 2).toArray();
                array = i == 2 ? manager.ones(inputs.get(i), DataType.INT64) : manager.create(ids);
            } else {
                array = manager.create(random.doubles(size, -1, 1).toArray()).toType(type, true);
            }
            list.add(array.reshape(inputs.get(i)));
        }
        return list;
    }

    /** Whether the block runs in float64: DJL's recurrent blocks begin with a float32 state. */
    boolean runsWide() {
        return this == OWN_PARAMETER;
    }

    private static List<Shape> sequence() {
        return List.of(new Shape(2, 3, 4));
    }

    private static Block lstm() {
        return LSTM.builder().setNumLayers(1).setStateSize(5).optReturnState(false).build();
    }

    private static Block gru() {
        return GRU.builder().setNumLayers(1).setStateSize(5).optReturnState(false).build();
    }

    private static Block rnn() {
        return RNN.builder()
                .setNumLayers(1)
                .setStateSize(5)
                .setActivation(RNN.Activation.TANH)
                .optReturnState(false)
                .build();
    }

    private static Block tree(Block recurrent) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(4).build())
                .add(recurrent)
                .add(Activation.tanhBlock())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(3).build());
    }

    private static Block bert() {
        return BertBlock.builder()
                .setTokenDictionarySize(20)
                .optTypeDictionarySize(2)
                .optEmbeddingSize(6)
                .optTransformerBlockCount(1)
                .optAttentionHeadCount(2)
                .optHiddenSize(9)
                .optHiddenDropoutProbability(0)
                .optMaxSequenceLength(5)
                .build();
    }

    /** A user's block that multiplies by a parameter of its own between two layers. */
    static final class OwnParameter extends AbstractBlock {
        private final Linear first = addChildBlock("first", Linear.builder().setUnits(5).build());
        private final Parameter mix =
                addParameter(
                        Parameter.builder()
                                .setName("mix")
                                .setType(Parameter.Type.WEIGHT)
                                .optShape(new Shape(5, 2))
                                .build());

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                @Nullable PairList<String, Object> params) {
            NDArray hidden = first.forward(store, inputs, training).head().tanh();
            NDArray weight = store.getValue(mix, hidden.getDevice(), training);
            return new NDList(hidden.matMul(weight));
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return new Shape[] {inputShapes[0].slice(0, 2).add(2)};
        }

        @Override
        protected void initializeChildBlocks(
                NDManager manager, DataType dataType, Shape... inputShapes) {
            first.initialize(manager, dataType, inputShapes);
        }
    }
}
