/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.lora4j.djl.DjlModel.Input.ids;
import static org.lora4j.djl.DjlModel.Input.ones;
import static org.lora4j.djl.DjlModel.Input.positive;
import static org.lora4j.djl.DjlModel.Input.real;
import static org.lora4j.djl.DjlModel.adapted;
import static org.lora4j.djl.DjlModel.baseClass;
import static org.lora4j.djl.DjlModel.noMatrix;
import static org.lora4j.djl.DjlModel.notOnPyTorch;

import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.AlexNet;
import ai.djl.basicmodelzoo.cv.classification.GoogLeNet;
import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV1;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.basicmodelzoo.cv.classification.NiN;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.basicmodelzoo.cv.classification.SqueezeNet;
import ai.djl.basicmodelzoo.cv.classification.VGG;
import ai.djl.basicmodelzoo.cv.object_detection.ssd.SingleShotDetection;
import ai.djl.basicmodelzoo.cv.object_detection.yolo.YOLOV3;
import ai.djl.basicmodelzoo.nlp.SimpleTextDecoder;
import ai.djl.basicmodelzoo.nlp.SimpleTextEncoder;
import ai.djl.basicmodelzoo.tabular.TabNet;
import ai.djl.modality.nlp.DefaultVocabulary;
import ai.djl.modality.nlp.embedding.TrainableTextEmbedding;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.timeseries.block.FeatureEmbedder;
import ai.djl.timeseries.block.FeatureEmbedding;
import ai.djl.timeseries.block.MeanScaler;
import ai.djl.timeseries.block.NopScaler;
import ai.djl.timeseries.block.Scaler;
import ai.djl.timeseries.distribution.output.ArgProj;
import ai.djl.timeseries.distribution.output.NegativeBinomialOutput;
import ai.djl.timeseries.distribution.output.StudentTOutput;
import ai.djl.timeseries.model.deepar.DeepARNetwork;
import ai.djl.timeseries.model.deepar.DeepARPredictionNetwork;
import ai.djl.timeseries.model.deepar.DeepARTrainingNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The models of ai.djl:model-zoo and those of ai.djl.timeseries. */
final class ZooModels {
    private static final int LABELS = 3;
    private static final String TABLE =
            "its table of categories gets no gradient, as in DJL, whose `repeat` has none";

    private ZooModels() {}

    /** The models of ai.djl.basicmodelzoo. */
    static List<DjlModel> basic() {
        return List.of(
                adapted(Mlp.class, () -> new Mlp(6, LABELS, new int[] {5, 4}), real(2, 6))
                        .swapped(3),
                adapted(LeNet.class, LeNet.builder()::build, real(2, 1, 28, 28)).swapped(5),
                adapted(
                                AlexNet.class,
                                AlexNet.builder().setNumChannels(new int[] {6, 8, 8, 8, 8, 16, 16})
                                        ::build,
                                real(2, 3, 67, 67))
                        .swapped(8),
                adapted(
                                VGG.class,
                                VGG.builder()
                                                .setNumLayers(5)
                                                .setConvArch(new int[][] {{1, 4}, {1, 6}})
                                        ::build,
                                real(2, 3, 8, 8))
                        .variant("5 layers")
                        .swapped(5),
                adapted(
                                NiN.class,
                                NiN.builder().setNumChannels(new int[] {8, 8, 8, 5})::build,
                                real(2, 3, 67, 67))
                        .swapped(12),
                adapted(GoogLeNet.class, GoogLeNet.builder()::build, real(1, 3, 32, 32))
                        .swapped(58),
                adapted(SqueezeNet.class, () -> SqueezeNet.squeezenet(LABELS), real(1, 3, 32, 32))
                        .swapped(26),
                resNet(8, 16, 16).swapped(11),
                resNet(50, 32, 32).swapped(54),
                adapted(
                                MobileNetV1.class,
                                MobileNetV1.builder().optWidthMultiplier(0.25f)::build,
                                real(1, 3, 32, 32))
                        .swapped(28),
                adapted(MobileNetV2.class, MobileNetV2.builder()::build, real(1, 3, 32, 32))
                        .swapped(54),
                adapted(SingleShotDetection.class, ZooModels::detector, real(1, 3, 32, 32))
                        .swapped(14),
                adapted(YOLOV3.class, YOLOV3.builder().setNumClasses(2)::build, real(1, 3, 32, 32))
                        .swapped(75),
                adapted(
                                YOLOV3.class,
                                YOLOV3.builder().optDarkNetOutSize(LABELS)::buildDarkNet,
                                real(1, 3, 32, 32))
                        .variant("its DarkNet-53 as a classifier")
                        .swapped(53),
                adapted(
                                TabNet.class,
                                TabNet.builder()
                                                .setInputDim(5)
                                                .setOutDim(LABELS)
                                                .optNumA(4)
                                                .optNumD(4)
                                                .optNumSteps(3)
                                        ::build,
                                real(4, 5))
                        .swapped(11)
                        .remark("Linears that several steps share get one adapter"),
                adapted(
                                TabNet.DecisionStep.class,
                                () ->
                                        new TabNet.DecisionStep(
                                                5,
                                                4,
                                                4,
                                                new ArrayList<>(
                                                        List.<Block>of(
                                                                Linear.builder()
                                                                        .setUnits(16)
                                                                        .build())),
                                                1,
                                                128,
                                                0.9f),
                                real(4, 5),
                                real(4, 4),
                                positive(4, 5))
                        .swapped(3),
                adapted(
                                TabNet.AttentionTransformer.class,
                                () -> TabNet.builder().buildAttentionTransformer(5),
                                real(4, 5),
                                positive(4, 10))
                        .swapped(1),
                adapted(
                                SimpleTextEncoder.class,
                                () -> new SimpleTextEncoder(words(4), lstm()),
                                ids(2, 3))
                        .swapped(1)
                        .substituted(2),
                adapted(
                                SimpleTextDecoder.class,
                                // given the encoder's states, its word embedding drops them
                                () -> new SimpleTextDecoder(words(4), sequences(), 6),
                                ids(2, 3))
                        .labels(ids(2, 3))
                        .swapped(2)
                        .substituted(2));
    }

    /** The blocks of ai.djl.timeseries. */
    static List<DjlModel> timeSeries() {
        return List.of(
                deepAr(
                                DeepARTrainingNetwork.class,
                                () ->
                                        network()
                                                .optDistrOutput(new StudentTOutput())
                                                .buildTrainingNetwork())
                        .variant("StudentT")
                        .swapped(3)
                        .substituted(5)
                        .stuck(1)
                        .remark(TABLE)
                        .tests("DjlGradientsTest"),
                deepAr(
                                DeepARTrainingNetwork.class,
                                () ->
                                        network()
                                                .optDistrOutput(new NegativeBinomialOutput())
                                                .buildTrainingNetwork())
                        .variant("NegativeBinomial")
                        .swapped(2)
                        .substituted(5)
                        .stuck(1)
                        .remark(TABLE)
                        .tests("DjlGradientsTest"),
                notOnPyTorch(
                                DeepARPredictionNetwork.class,
                                () ->
                                        network()
                                                .optDistrOutput(new StudentTOutput())
                                                .buildPredictionNetwork(),
                                "Not supported!",
                                ids(2, 1),
                                real(2, 1),
                                real(2, 6, 2),
                                positive(2, 6),
                                ones(2, 6),
                                real(2, 3, 2),
                                ones(2, 6))
                        .remark(
                                "it draws samples, which DJL does not on PyTorch; the adapter of"
                                        + " the training network loads into it"),
                baseClass(DeepARNetwork.class, "see the training network"),
                adapted(
                                ArgProj.class,
                                () -> (Block) new StudentTOutput().getArgsProj(),
                                real(2, 3, 4))
                        .swapped(3),
                adapted(
                                FeatureEmbedder.class,
                                () ->
                                        FeatureEmbedder.builder()
                                                .setCardinalities(List.of(3, 4))
                                                .setEmbeddingDims(List.of(2, 3))
                                                .build(),
                                ids(2, 2))
                        .substituted(2),
                adapted(
                                FeatureEmbedding.class,
                                () ->
                                        FeatureEmbedding.builder()
                                                .setNumEmbeddings(3)
                                                .setEmbeddingSize(4)
                                                .build(),
                                ids(2))
                        .substituted(1),
                baseClass(Scaler.class, "see MeanScaler, NopScaler"),
                noMatrix(
                        MeanScaler.class,
                        () -> scaled(MeanScaler.builder().setDim(1).optKeepDim(true).build())),
                noMatrix(
                        NopScaler.class,
                        () -> scaled(NopScaler.builder().setDim(1).optKeepDim(true).build())));
    }

    private static DjlModel resNet(int layers, int height, int width) {
        return adapted(
                        ResNetV1.class,
                        ResNetV1.builder()
                                        .setNumLayers(layers)
                                        .setOutSize(LABELS)
                                        .setImageShape(new Shape(3, height, width))
                                ::build,
                        real(1, 3, height, width))
                .variant(layers + " layers");
    }

    private static Block detector() {
        return SingleShotDetection.builder()
                .setNumClasses(1)
                .setNumFeatures(2)
                .optGlobalPool(true)
                .setRatios(List.of(List.of(1f, 2f), List.of(1f, 2f), List.of(1f), List.of(1f)))
                .setSizes(List.of(List.of(0.2f), List.of(0.4f), List.of(0.6f), List.of(0.8f)))
                .setBaseNetwork(SingleShotDetection.getDownSamplingBlock(4))
                .build();
    }

    private static DjlModel deepAr(Class<?> type, Supplier<Block> network) {
        return adapted(
                type,
                network,
                ids(2, 1),
                real(2, 1),
                real(2, 6, 2),
                positive(2, 6),
                ones(2, 6),
                ones(2, 6),
                real(2, 3, 2),
                positive(2, 3),
                ones(2, 3));
    }

    private static Block scaled(Block scaler) {
        return new SequentialBlock()
                .add(x -> new NDList(x.head(), x.head().onesLike()))
                .add(scaler)
                .add(both -> new NDList(both.head()));
    }

    private static DeepARNetwork.Builder network() {
        return DeepARNetwork.builder()
                .setFreq("D")
                .setPredictionLength(3)
                .optContextLength(4)
                .setCardinality(List.of(3))
                .optLagsSeq(List.of(1, 2))
                .optHiddenSize(5)
                .optNumLayers(2)
                .optDropRate(0)
                .optNumParallelSamples(2);
    }

    static LSTM lstm() {
        return LSTM.builder().setNumLayers(1).setStateSize(5).optReturnState(true).build();
    }

    private static LSTM sequences() {
        return LSTM.builder().setNumLayers(1).setStateSize(5).optReturnState(false).build();
    }

    static TrainableTextEmbedding words(int size) {
        return new TrainableTextEmbedding(word(size));
    }

    static TrainableWordEmbedding word(int size) {
        DefaultVocabulary vocabulary =
                DefaultVocabulary.builder().add(List.of("this", "is", "a", "test")).build();
        return TrainableWordEmbedding.builder()
                .setVocabulary(vocabulary)
                .setEmbeddingSize(size)
                .optUseDefault(false)
                .build();
    }
}
