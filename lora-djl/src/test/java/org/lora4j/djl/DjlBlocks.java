/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.lora4j.djl.DjlModel.Input.ids;
import static org.lora4j.djl.DjlModel.Input.ones;
import static org.lora4j.djl.DjlModel.Input.real;
import static org.lora4j.djl.DjlModel.adapted;
import static org.lora4j.djl.DjlModel.baseClass;
import static org.lora4j.djl.DjlModel.noMatrix;
import static org.lora4j.djl.DjlModel.notOnPyTorch;

import ai.djl.basicmodelzoo.nlp.SimpleTextEncoder;
import ai.djl.modality.nlp.Decoder;
import ai.djl.modality.nlp.Encoder;
import ai.djl.modality.nlp.EncoderDecoder;
import ai.djl.modality.nlp.embedding.TrainableTextEmbedding;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBaseBlock;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.SymbolBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv1dTranspose;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Conv2dTranspose;
import ai.djl.nn.convolutional.Conv3d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.convolutional.Deconvolution;
import ai.djl.nn.core.ConstantEmbedding;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.core.LinearCollection;
import ai.djl.nn.core.Multiplication;
import ai.djl.nn.core.Prelu;
import ai.djl.nn.core.SparseMax;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.GhostBatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.recurrent.RecurrentBlock;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.BertMaskedLanguageModelBlock;
import ai.djl.nn.transformer.BertNextSentenceBlock;
import ai.djl.nn.transformer.BertPretrainingBlock;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.nn.transformer.PointwiseFeedForwardBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import java.util.List;
import java.util.function.Supplier;

/** The blocks of ai.djl:api. */
final class DjlBlocks {
    private DjlBlocks() {}

    static List<DjlModel> all() {
        return List.of(
                baseClass(AbstractBaseBlock.class, "see AbstractBlock"),
                adapted(AbstractBlock.class, SubstitutedKind.OwnParameter::new, real(2, 3, 4))
                        .variant("a block of your own")
                        .swapped(1)
                        .substituted(1)
                        .remark("its layers and its own parameters")
                        .tests("SubstitutionTest"),
                baseClass(AbstractSymbolBlock.class, "see SymbolBlock"),
                DjlModel.other(SymbolBlock.class, DjlModel.Kind.TORCHSCRIPT, "")
                        .tests("InjectedScriptTest"),
                adapted(SequentialBlock.class, DjlBlocks::sequence, real(2, 4)).swapped(2),
                adapted(ParallelBlock.class, DjlBlocks::parallel, real(2, 4)).swapped(4),
                noMatrix(LambdaBlock.class, () -> LambdaBlock.singleton(NDArray::tanh))
                        .remark("what its function captured is not seen, by DJL neither"),
                noMatrix(Blocks.class, Blocks::batchFlattenBlock),
                noMatrix(Activation.class, Activation::geluBlock),
                noMatrix(Pool.class, () -> Pool.maxPool1dBlock(new Shape(2), new Shape(1))),
                adapted(Linear.class, () -> Linear.builder().setUnits(5).build(), real(2, 4))
                        .substituted(1)
                        .variant("the whole model")
                        .remark("swapped inside a model")
                        .tests("LayerKindsTest, LayerGoldenTest"),
                adapted(
                                LinearCollection.class,
                                () -> LinearCollection.builder().setUnits(5).build(),
                                real(2, 3, 4))
                        .substituted(1),
                adapted(
                                Multiplication.class,
                                () -> Multiplication.builder().setUnits(3).build(),
                                real(2, 4))
                        .substituted(1),
                notOnPyTorch(Prelu.class, Prelu::new, "Not implemented", real(2, 4)),
                noMatrix(SparseMax.class, SparseMax::new),
                baseClass(Embedding.class, "see TrainableWordEmbedding"),
                noMatrix(ConstantEmbedding.class, DjlBlocks::constant),
                adapted(TrainableWordEmbedding.class, () -> ZooModels.word(4), ids(2, 3))
                        .substituted(1)
                        .variant("the whole model")
                        .remark("swapped inside a model")
                        .tests("LayerKindsTest, LayerGoldenTest"),
                adapted(TrainableTextEmbedding.class, () -> ZooModels.words(4), ids(2, 3))
                        .swapped(1),
                adapted(
                                IdEmbedding.class,
                                () ->
                                        new IdEmbedding.Builder()
                                                .setDictionarySize(6)
                                                .setEmbeddingSize(4)
                                                .build(),
                                ids(2, 3))
                        .substituted(1),
                adapted(
                                Conv1d.class,
                                () ->
                                        tree(
                                                Conv1d.builder()
                                                        .setFilters(4)
                                                        .setKernelShape(new Shape(3))
                                                        .build()),
                                real(2, 3, 7))
                        .swapped(2)
                        .tests("LayerKindsTest, LayerGoldenTest"),
                adapted(
                                Conv2d.class,
                                () ->
                                        tree(
                                                Conv2d.builder()
                                                        .setFilters(4)
                                                        .setKernelShape(new Shape(3, 3))
                                                        .build()),
                                real(2, 3, 5, 5))
                        .swapped(2)
                        .tests("LayerKindsTest, LayerGoldenTest"),
                adapted(
                                Conv2d.class,
                                () ->
                                        tree(
                                                Conv2d.builder()
                                                        .setFilters(4)
                                                        .setKernelShape(new Shape(3, 3))
                                                        .optGroups(2)
                                                        .build()),
                                real(2, 4, 5, 5))
                        .variant("with groups")
                        .swapped(2)
                        .remark(
                                "with `optConvForm(ConvForm.WEIGHT)`; PEFT's form runs and cannot"
                                        + " be merged")
                        .tests("LayerKindsTest, DjlGradientsTest"),
                adapted(
                                Conv2d.class,
                                () ->
                                        tree(
                                                Conv2d.builder()
                                                        .setFilters(4)
                                                        .setKernelShape(new Shape(3, 3))
                                                        .optGroups(4)
                                                        .build()),
                                real(2, 4, 5, 5))
                        .variant("depthwise")
                        .swapped(2)
                        .tests("DepthwiseConvolutionsTest"),
                adapted(
                                Conv3d.class,
                                () ->
                                        tree(
                                                Conv3d.builder()
                                                        .setFilters(4)
                                                        .setKernelShape(new Shape(2, 2, 2))
                                                        .build()),
                                real(2, 3, 3, 3, 3))
                        .swapped(1)
                        .substituted(1),
                notOnPyTorch(
                        Conv1dTranspose.class,
                        () ->
                                Conv1dTranspose.builder()
                                        .setFilters(4)
                                        .setKernelShape(new Shape(3))
                                        .build(),
                        "Not implemented",
                        real(2, 3, 7)),
                notOnPyTorch(
                        Conv2dTranspose.class,
                        () ->
                                Conv2dTranspose.builder()
                                        .setFilters(4)
                                        .setKernelShape(new Shape(3, 3))
                                        .build(),
                        "Not implemented",
                        real(2, 3, 5, 5)),
                baseClass(Convolution.class, "see Conv1d, Conv2d, Conv3d"),
                baseClass(Deconvolution.class, "see Conv1dTranspose, Conv2dTranspose"),
                noMatrix(BatchNorm.class, () -> BatchNorm.builder().build())
                        .remark("frozen; its running statistics are kept")
                        .tests("FrozenNormsTest"),
                noMatrix(
                                GhostBatchNorm.class,
                                () -> GhostBatchNorm.builder().optVirtualBatchSize(2).build())
                        .remark("frozen; its running statistics are kept")
                        .tests("FrozenNormsTest"),
                noMatrix(LayerNorm.class, () -> LayerNorm.builder().build()).remark("frozen"),
                noMatrix(Dropout.class, () -> Dropout.builder().build()),
                baseClass(RecurrentBlock.class, "see LSTM, GRU, RNN"),
                recurrent(LSTM.class, LSTM.builder().setNumLayers(2).setStateSize(5)::build)
                        .substituted(4)
                        .tests("SubstitutionTest, DjlGradientsTest"),
                recurrent(GRU.class, GRU.builder().setNumLayers(2).setStateSize(5)::build)
                        .substituted(4)
                        .tests("SubstitutionTest"),
                recurrent(
                                RNN.class,
                                RNN.builder()
                                                .setNumLayers(2)
                                                .setStateSize(5)
                                                .setActivation(RNN.Activation.TANH)
                                        ::build)
                        .substituted(4)
                        .tests("SubstitutionTest"),
                notOnPyTorch(
                                LSTM.class,
                                LSTM.builder()
                                                .setNumLayers(1)
                                                .setStateSize(5)
                                                .optBidirectional(true)
                                        ::build,
                                "The size of tensor a",
                                real(2, 3, 4))
                        .variant("bidirectional, with biases"),
                recurrent(
                                LSTM.class,
                                LSTM.builder()
                                                .setNumLayers(1)
                                                .setStateSize(5)
                                                .optBidirectional(true)
                                                .optHasBiases(false)
                                        ::build)
                        .variant("bidirectional, without biases")
                        .substituted(4),
                adapted(
                                PointwiseFeedForwardBlock.class,
                                () ->
                                        new PointwiseFeedForwardBlock(
                                                List.of(6), 4, Activation::relu),
                                real(2, 3, 4))
                        .swapped(2),
                adapted(
                                ScaledDotProductAttentionBlock.class,
                                () ->
                                        ScaledDotProductAttentionBlock.builder()
                                                .setEmbeddingSize(6)
                                                .setHeadCount(2)
                                                .build(),
                                real(2, 3, 6))
                        .swapped(4),
                adapted(
                                TransformerEncoderBlock.class,
                                () -> new TransformerEncoderBlock(6, 2, 9, 0.1f, Activation::relu),
                                real(2, 3, 6))
                        .swapped(6),
                adapted(BertBlock.class, () -> bert().build(), tokens())
                        .swapped(7)
                        .substituted(3)
                        .remark("the tables of tokens, types and positions are substituted")
                        .tests("SubstitutionTest, BlockTreeTest"),
                adapted(
                                BertPretrainingBlock.class,
                                () -> new BertPretrainingBlock(bert()),
                                ids(2, 5),
                                ids(2, 5),
                                ones(2, 5),
                                ids(2, 2))
                        .swapped(9)
                        .substituted(3)
                        .remark(
                                "the output head, tied to the table of tokens, follows its"
                                        + " adapter"),
                adapted(
                                BertMaskedLanguageModelBlock.class,
                                () ->
                                        new BertMaskedLanguageModelBlock(
                                                bert().build(), Activation::gelu),
                                real(2, 5, 6),
                                ids(2, 2),
                                real(20, 6))
                        .swapped(1),
                adapted(
                                BertNextSentenceBlock.class,
                                () ->
                                        new SequentialBlock()
                                                .add(Linear.builder().setUnits(4).build())
                                                .add(new BertNextSentenceBlock()),
                                real(2, 6))
                        .swapped(2)
                        .remark(
                                "alone, its gradients add up to zero, and DJL's `Trainer` refuses"
                                        + " the first step"),
                baseClass(Encoder.class, "see EncoderDecoder"),
                baseClass(Decoder.class, "see EncoderDecoder"),
                adapted(EncoderDecoder.class, DjlBlocks::translator, real(2, 3, 4))
                        .labels(real(2, 3, 4))
                        .swapped(1)
                        .substituted(4));
    }

    private static DjlModel.Input[] tokens() {
        return new DjlModel.Input[] {ids(2, 5), ids(2, 5), ones(2, 5)};
    }

    private static DjlModel recurrent(Class<?> type, Supplier<Block> block) {
        return adapted(type, block, real(2, 3, 4));
    }

    private static BertBlock.Builder bert() {
        return BertBlock.builder()
                .setTokenDictionarySize(20)
                .optTypeDictionarySize(2)
                .optEmbeddingSize(6)
                .optTransformerBlockCount(1)
                .optAttentionHeadCount(2)
                .optHiddenSize(9)
                .optMaxSequenceLength(5);
    }

    private static Block sequence() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(5).build())
                .add(Activation::tanh)
                .add(Linear.builder().setUnits(3).build());
    }

    private static Block parallel() {
        return new ParallelBlock(
                lists -> new NDList(NDArrays.add(lists.get(0).head(), lists.get(1).head())),
                List.of(sequence(), new SequentialBlock().add(sequence())));
    }

    /** A layer in a model, with a head. */
    private static Block tree(Block layer) {
        return new SequentialBlock()
                .add(layer)
                .add(Activation::tanh)
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(3).build());
    }

    private static Block constant() {
        NDManager manager = NDManager.newBaseManager();
        return new ConstantEmbedding(manager.ones(new Shape(2), DataType.FLOAT32));
    }

    private static Block translator() {
        return new EncoderDecoder(new SimpleTextEncoder(ZooModels.lstm()), new Reader());
    }

    /** A decoder that goes on from the encoder's state. */
    private static final class Reader extends Decoder {
        Reader() {
            super((byte) 1, body());
        }

        private static Block body() {
            return new SequentialBlock()
                    .add(
                            LSTM.builder()
                                    .setNumLayers(1)
                                    .setStateSize(5)
                                    .optReturnState(false)
                                    .build())
                    .add(Linear.builder().setUnits(3).build());
        }
    }
}
