/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.training.GradientCollector;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.core.ConvForm;
import org.lora4j.torch.Torch;

/** Gradients of A and B in whole models of DJL, compared with finite differences. */
final class DjlGradientsTest {
    private static final double AROUND = 0.75;
    private final NDManager manager = NDManager.newBaseManager();

    /**
     * A model and how exactly it can be differentiated.
     *
     * @param type float64, or float32 where DJL makes arrays of its own in it
     * @param step half the distance of the two points
     * @param tolerance what a gradient may be off, as a part of the largest in its tensor
     */
    record Case(DjlModel model, ConvForm form, DataType type, double step, double tolerance) {
        @Override
        public String toString() {
            return model.title() + " " + form + " " + type;
        }
    }

    static Stream<Case> cases() {
        DjlModel.Input[] sequences = {
            DjlModel.Input.real(2, 4, 3), DjlModel.Input.real(1, 2, 5), DjlModel.Input.real(1, 2, 5)
        };
        DjlModel classifier =
                DjlModel.adapted(LSTM.class, DjlGradientsTest::classifier, sequences)
                        .variant("classifier");
        DjlModel network =
                DjlModel.adapted(
                                Conv2d.class,
                                DjlGradientsTest::network,
                                DjlModel.Input.real(2, 4, 5, 5))
                        .variant("in groups");
        List<DjlModel> series = ZooModels.timeSeries();
        return Stream.of(
                wide(classifier, ConvForm.PEFT),
                wide(network, ConvForm.PEFT),
                wide(network, ConvForm.WEIGHT),
                narrow(series.get(0)),
                narrow(series.get(1)));
    }

    private static Case wide(DjlModel model, ConvForm form) {
        return new Case(model, form, DataType.FLOAT64, 1.0 / 4096, 1e-4);
    }

    private static Case narrow(DjlModel model) {
        return new Case(model, ConvForm.PEFT, DataType.FLOAT32, 1.0 / 128, 2e-3);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areThoseOfFiniteDifferences(Case given) {
        try (manager;
                Model model = Model.newInstance("model")) {
            Block root = given.model.drawn(manager, given.type);
            model.setBlock(root);
            Injection injection =
                    Lora.inject(
                            model,
                            Trees.config(DjlModelsTest.targets(root))
                                    .optConvForm(given.form)
                                    .build());
            injection.layers().forEach(DjlGradientsTest::disturb);
            Block block = model.getBlock();
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(loss(given.model.run(block, manager, given.type, true)));
            }
            int stuck = 0;
            for (AdaptedLayer layer : injection.layers()) {
                for (Parameter tensor : layer.tensors("default").values()) {
                    float[] gradient = tensor.getArray().getGradient().toFloatArray();
                    if (largest(gradient) == 0) {
                        stuck++;
                        continue;
                    }
                    double[] expected = differences(given, block, tensor);
                    String what = layer.path() + " " + tensor.getName();
                    assertThat(distance(gradient, expected)).as(what).isLessThan(given.tolerance);
                    // what is wrong by one in a hundred, or by its place, is seen
                    assertThat(distance(scaled(gradient), expected))
                            .as(what)
                            .isGreaterThan(given.tolerance);
                    assertThat(distance(rotated(gradient), expected))
                            .as(what)
                            .isGreaterThan(given.tolerance);
                }
            }
            assertThat(stuck).isEqualTo(2 * given.model.stuck());
        }
    }

    /** Reads sequences, beginning with a state that is given, as DJL would make one in float32. */
    private static Block classifier() {
        return new SequentialBlock()
                .add(LSTM.builder().setNumLayers(1).setStateSize(5).optReturnState(false).build())
                .addSingleton(states -> states.get(":, -1"))
                .add(Linear.builder().setUnits(3).build());
    }

    private static Block network() {
        return new SequentialBlock()
                .add(convolution(2))
                .add(BatchNorm.builder().build())
                .add(Activation::tanh)
                .add(convolution(4))
                .add(Activation::tanh)
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(3).build());
    }

    private static Block convolution(int groups) {
        return Conv2d.builder()
                .setFilters(4)
                .setKernelShape(new Shape(3, 3))
                .optGroups(groups)
                .build();
    }

    private static void disturb(AdaptedLayer layer) {
        Trees.disturb(layer, "default");
        for (Parameter parameter : layer.tensors("default").values()) {
            try (NDArray view = parameter.getArray().stopGradient();
                    NDArray size = view.getManager().create(new float[] {0.3f})) {
                view.muli(size);
            }
        }
    }

    private double[] differences(Case given, Block block, Parameter tensor) {
        float[] values = tensor.getArray().toFloatArray();
        double[] found = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            float up = (float) (values[i] + given.step);
            float down = (float) (values[i] - given.step);
            double rise = lossAt(given, block, tensor, values, i, up);
            double fall = lossAt(given, block, tensor, values, i, down);
            found[i] = (rise - fall) / ((double) up - down);
        }
        return found;
    }

    private double lossAt(
            Case given, Block block, Parameter tensor, float[] values, int at, float value) {
        float[] moved = values.clone();
        moved[at] = value;
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = tensor.getArray().getShape();
            Torch.copyInto(tensor.getArray(), scope.create(moved, shape));
            NDList output = given.model.run(block, scope, given.type, true);
            Torch.copyInto(tensor.getArray(), scope.create(values, shape));
            double sum = 0;
            for (NDArray y : output) {
                for (double number : y.toType(DataType.FLOAT64, true).toDoubleArray()) {
                    double distance = number - AROUND;
                    sum += distance * distance;
                }
            }
            return sum;
        }
    }

    /** A sum of squares around a point, so that no part of the gradient is zero. */
    private static NDArray loss(NDList output) {
        NDArray sum = null;
        for (NDArray y : output) {
            NDArray around =
                    y.getManager().create(new double[] {AROUND}).toType(y.getDataType(), true);
            NDArray distance = y.sub(around);
            NDArray squares = distance.mul(distance).sum();
            sum = sum == null ? squares : sum.add(squares);
        }
        return sum;
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** The largest difference as a part of the largest gradient. */
    private static double distance(float[] found, double[] expected) {
        double largest = 0;
        double apart = 0;
        for (int i = 0; i < found.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            apart = Math.max(apart, Math.abs(found[i] - expected[i]));
        }
        return apart / largest;
    }

    private static float[] scaled(float[] gradient) {
        float[] scaled = gradient.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= 1.01f;
        }
        return scaled;
    }

    private static float[] rotated(float[] gradient) {
        float[] rotated = gradient.clone();
        for (int i = 0; i < rotated.length; i++) {
            rotated[i] = gradient[(i + 1) % gradient.length];
        }
        return rotated;
    }
}
