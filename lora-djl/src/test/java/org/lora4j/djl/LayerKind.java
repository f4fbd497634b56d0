/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.modality.nlp.DefaultVocabulary;
import ai.djl.modality.nlp.embedding.TrainableTextEmbedding;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import java.util.List;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.ConvForm;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.torch.TorchKernels;

/** A tree of DJL's blocks for each kind of layer: the layer, a BatchNorm, and a Linear. */
enum LayerKind {
    LINEAR("01Linear", "Linear", List.of(5, 3)),
    TRANSPOSED("TransposedLinear", "Linear", List.of(5, 3)),
    EMBEDDING("Words", "Embedding", List.of(5)),
    WORDS("TrainableTextEmbedding.trainableWordEmbedding", "Embedding", List.of(5)),
    MERGED_LINEAR("01Linear", "MergedLinear", List.of(5, 3)),
    CONV1D("Conv1d", "Conv1d", List.of(3, 3, 8)),
    CONV1D_LORALIB("Conv1d", "Conv1d", List.of(3, 3, 8)),
    CONV2D("Conv2d", "Conv2d", List.of(3, 3, 6, 5)),
    CONV2D_LORALIB("Conv2d", "Conv2d", List.of(3, 4, 6, 5)),
    /** Groups that divide the rank, but the form is asked for. */
    CONV1D_WEIGHT("Conv1d", "Conv1d", List.of(3, 4, 8)),
    /** Depthwise: the groups do not divide the rank. */
    CONV2D_WEIGHT("Conv2d", "Conv2d", List.of(3, 5, 6, 5));

    private static final List<String> VOCABULARY = List.of("a", "b", "c", "d", "e", "f", "g");

    final String target;
    final String shown;
    final Shape input;

    LayerKind(String target, String shown, List<Integer> input) {
        this.target = target;
        this.shown = shown;
        this.input = new Shape(input.stream().mapToLong(Integer::longValue).toArray());
    }

    /** A tree with drawn weights: the layer, its activation, a norm with running means, a head. */
    SequentialBlock tree(NDManager manager) {
        SequentialBlock tree = structure(manager);
        tree.initialize(manager, DataType.FLOAT32, input);
        return tree;
    }

    /** The same tree without weights, for a file to be loaded into. */
    SequentialBlock structure(NDManager manager) {
        return new SequentialBlock()
                .add(layer(manager))
                .add(BatchNorm.builder().optAxis(1).build())
                .add(Activation.tanhBlock())
                .add(
                        takesIds() || input.dimension() == 2
                                ? Blocks.identityBlock()
                                : Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(2).build());
    }

    private Block layer(NDManager manager) {
        return switch (this) {
            case LINEAR -> Linear.builder().setUnits(4).build();
            case TRANSPOSED ->
                    new TransposedLinear(
                            Trees.input(manager, 3, 4),
                            Trees.input(manager, 4),
                            new TorchKernels());
            case MERGED_LINEAR -> Linear.builder().setUnits(6).build();
            case CONV1D, CONV1D_LORALIB ->
                    Conv1d.builder()
                            .setKernelShape(new Shape(3))
                            .setFilters(4)
                            .optDilation(new Shape(2))
                            .build();
            case CONV2D ->
                    Conv2d.builder()
                            .setKernelShape(new Shape(3, 2))
                            .setFilters(4)
                            .optStride(new Shape(2, 1))
                            .optPadding(new Shape(1, 1))
                            .build();
            case CONV2D_LORALIB ->
                    Conv2d.builder()
                            .setKernelShape(new Shape(2, 2))
                            .setFilters(6)
                            .optGroups(2)
                            .build();
            case CONV1D_WEIGHT ->
                    Conv1d.builder()
                            .setKernelShape(new Shape(3))
                            .setFilters(6)
                            .optGroups(2)
                            .build();
            case CONV2D_WEIGHT ->
                    Conv2d.builder()
                            .setKernelShape(new Shape(3, 2))
                            .setFilters(5)
                            .optStride(new Shape(2, 1))
                            .optPadding(new Shape(1, 1))
                            .optGroups(5)
                            .build();
            case EMBEDDING -> new Words(Trees.input(manager, 7, 4).duplicate());
            case WORDS ->
                    new TrainableTextEmbedding(
                            TrainableWordEmbedding.builder()
                                    .setVocabulary(new DefaultVocabulary(VOCABULARY))
                                    .optNumEmbeddings(VOCABULARY.size())
                                    .setEmbeddingSize(4)
                                    .build());
        };
    }

    boolean takesIds() {
        return this == EMBEDDING || this == WORDS;
    }

    NDArray input(NDManager manager) {
        return takesIds()
                ? manager.create(new long[] {3, 0, 6, 3, 1})
                : Trees.input(manager, input.getShape());
    }

    /** Rank 2, alpha 6, on the layer alone. */
    LoraConfigBuilder config() {
        LoraConfigBuilder config = Trees.config(target);
        return switch (this) {
            case MERGED_LINEAR -> config.optEnableLora("01Linear", true, false, true);
            case CONV1D_LORALIB, CONV2D_LORALIB -> config.optConvForm(ConvForm.LORALIB);
            case CONV1D_WEIGHT -> config.optConvForm(ConvForm.WEIGHT);
            default -> config;
        };
    }
}
