/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * One of DJL's blocks or models: a small one of it, and what becomes of it when it is adapted. The
 * lists are {@link DjlBlocks} and {@link ZooModels}, docs/djl-models.md their table.
 */
final class DjlModel {
    /** The class. */
    private final String type;

    /** What becomes of it. */
    private final Kind kind;

    /** Makes a new one. */
    private final Supplier<Block> block;

    /** Its inputs. */
    private final List<Input> data;

    private String variant = "";
    private List<Input> labels = List.of();
    private int swapped;
    private int substituted;
    private int stuck;
    private String remark = "";
    private String failure = "";
    private String tests = "";

    private DjlModel(String type, Kind kind, Supplier<Block> block, List<Input> data) {
        this.type = type;
        this.kind = kind;
        this.block = block;
        this.data = data;
    }

    /** What becomes of a block. */
    enum Kind {
        /** Every matrix in it is adapted. */
        ADAPTED,
        /** It has no matrix; it stays as it is between two adapted layers. */
        NO_MATRIX,
        /** DJL itself cannot run it on PyTorch. */
        NOT_ON_PYTORCH,
        /** Others extend it. */
        BASE_CLASS,
        /** It is tested with modules from files. */
        TORCHSCRIPT
    }

    /** An input of a model: its shape, and the values that it may have. */
    record Input(Shape shape, Values values) {
        static Input real(long... shape) {
            return new Input(new Shape(shape), Values.REAL);
        }

        static Input positive(long... shape) {
            return new Input(new Shape(shape), Values.POSITIVE);
        }

        static Input ones(long... shape) {
            return new Input(new Shape(shape), Values.ONE);
        }

        /** Numbers 0 and 1: of tokens, types or categories. */
        static Input ids(long... shape) {
            return new Input(new Shape(shape), Values.ID);
        }

        NDArray array(NDManager manager, DataType type) {
            Random random = new Random(3);
            int size = (int) shape.size();
            if (values == Values.ID) {
                return manager.create(random.longs(size, 0, 2).toArray(), shape);
            }
            double[] numbers = new double[size];
            for (int i = 0; i < size; i++) {
                numbers[i] =
                        switch (values) {
                            case REAL -> random.nextGaussian();
                            case POSITIVE -> 0.5 + random.nextDouble();
                            case ONE, ID -> 1;
                        };
            }
            return manager.create(numbers, shape).toType(type, true);
        }
    }

    /** What values an input may have. */
    enum Values {
        REAL,
        POSITIVE,
        ONE,
        ID
    }

    static DjlModel adapted(Class<?> type, Supplier<Block> block, Input... data) {
        return of(type.getName(), Kind.ADAPTED, block, data);
    }

    static DjlModel noMatrix(Class<?> type, Supplier<Block> block, Input... data) {
        return of(type.getName(), Kind.NO_MATRIX, block, data);
    }

    static DjlModel notOnPyTorch(
            Class<?> type, Supplier<Block> block, String failure, Input... data) {
        DjlModel made = of(type.getName(), Kind.NOT_ON_PYTORCH, block, data);
        made.failure = failure;
        return made;
    }

    static DjlModel baseClass(Class<?> type, String remark) {
        return other(type, Kind.BASE_CLASS, remark);
    }

    static DjlModel other(Class<?> type, Kind kind, String remark) {
        Supplier<Block> none =
                () -> {
                    throw new IllegalStateException(type + " is not run by itself");
                };
        return of(type.getName(), kind, none).remark(remark);
    }

    private static DjlModel of(String type, Kind kind, Supplier<Block> block, Input... data) {
        return new DjlModel(type, kind, block, List.of(data));
    }

    /** Says what is special about this one. */
    DjlModel variant(String text) {
        variant = text;
        return this;
    }

    /** Sets the inputs of {@code forward(store, data, labels, params)}, which trains. */
    DjlModel labels(Input... inputs) {
        labels = List.of(inputs);
        return this;
    }

    /** Sets how many layers of it an adapted one takes the place of. */
    DjlModel swapped(int layers) {
        swapped = layers;
        return this;
    }

    /** Sets how many weights of it are substituted. */
    DjlModel substituted(int weights) {
        substituted = weights;
        return this;
    }

    /** Says what else there is to say. */
    DjlModel remark(String text) {
        remark = text;
        return this;
    }

    /** Sets how many of the adapted weights get no gradient from DJL, as the base would not. */
    DjlModel stuck(int weights) {
        stuck = weights;
        return this;
    }

    /** Names other tests of it. */
    DjlModel tests(String names) {
        tests = names;
        return this;
    }

    String type() {
        return type;
    }

    String variant() {
        return variant;
    }

    Kind kind() {
        return kind;
    }

    Supplier<Block> block() {
        return block;
    }

    List<Input> data() {
        return data;
    }

    List<Input> labels() {
        return labels;
    }

    int swapped() {
        return swapped;
    }

    int substituted() {
        return substituted;
    }

    int stuck() {
        return stuck;
    }

    String remark() {
        return remark;
    }

    /** Returns what DJL says if it cannot run it, or "". */
    String failure() {
        return failure;
    }

    String tests() {
        return tests;
    }

    /** The class without its package, followed by the variant. */
    String title() {
        String name = type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
        return variant.isEmpty() ? name : name + ", " + variant;
    }

    boolean runs() {
        return kind == Kind.ADAPTED || kind == Kind.NO_MATRIX;
    }

    Shape[] inputShapes() {
        List<Input> all = new ArrayList<>(data);
        all.addAll(labels);
        return all.stream().map(Input::shape).toArray(Shape[]::new);
    }

    /** A new one with drawn weights, no part of which is trivial. */
    Block drawn(NDManager manager, DataType type) {
        Block made = block.get();
        made.setInitializer(Initializer.ONES, parameter -> true);
        made.initialize(manager, type, inputShapes());
        for (BlockTree.Node node : BlockTree.walk(made)) {
            if (!node.block().isInitialized()) {
                // DeepAR forgets to initialise its domain map, and could not be saved
                node.block().initialize(manager, type, new Shape(1));
            }
        }
        Engine.getInstance().setRandomSeed(17);
        for (Parameter parameter : made.getParameters().values()) {
            NDArray array = parameter.getArray();
            Shape shape = array.getShape();
            try (NDManager scope = manager.newSubManager()) {
                NDArray values =
                        switch (parameter.getType()) {
                            case GAMMA, RUNNING_VAR -> scope.randomUniform(0.6f, 1.6f, shape);
                            case WEIGHT, OTHER ->
                                    scope.randomNormal(
                                            0, deviation(shape), shape, DataType.FLOAT32);
                            default -> scope.randomUniform(-0.3f, 0.3f, shape);
                        };
                parameter.getArray().set(values.toType(type, false).toByteBuffer());
            }
        }
        return made;
    }

    private static float deviation(Shape shape) {
        return shape.dimension() == 0 ? 1 : (float) Math.sqrt(1.5 * shape.get(0) / shape.size());
    }

    NDList run(Block model, NDManager manager, DataType type, boolean training) {
        // some draw numbers, such as dropout and samples
        Engine.getInstance().setRandomSeed(5);
        ParameterStore store = new ParameterStore(manager, false);
        NDList inputs = arrays(data, manager, type);
        return labels.isEmpty()
                ? model.forward(store, inputs, training)
                : model.forward(store, inputs, arrays(labels, manager, type), null);
    }

    static NDList arrays(List<Input> inputs, NDManager manager, DataType type) {
        NDList list = new NDList();
        inputs.forEach(input -> list.add(input.array(manager, type)));
        return list;
    }

    @Override
    public String toString() {
        return title();
    }
}
