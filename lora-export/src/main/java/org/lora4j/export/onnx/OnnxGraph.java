/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.export.proto.ProtoMessage;
import org.lora4j.files.AtomicFiles;
import org.lora4j.torch.TensorDtype;

/**
 * An ONNX graph that is being built, of opset 17 (onnx.proto3, IR version 8). Values are named by
 * strings; a node is added after those that it reads. Weights are not copied: their arrays stay
 * open until the file is written. Not thread-safe.
 */
public final class OnnxGraph {
    /** The operators' version: the first with LayerNormalization. */
    static final int OPSET = 17;

    private static final int IR_VERSION = 8;

    /** What is left of 2 GB for the weights of a file, beside which its nodes are small. */
    private static final long MOST_INSIDE = 1_900_000_000L;

    private record Weight(String name, NDArray array, boolean transposed)
            implements AtomicFiles.Content {
        long bytes() {
            return array.size() * Float.BYTES;
        }

        long[] shape() {
            long[] shape = array.getShape().getShape();
            return transposed ? new long[] {shape[1], shape[0]} : shape;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            new WeightForm(TensorDtype.F32, transposed).writeFinite(name, array, out);
        }
    }

    private final String name;
    private final List<ProtoMessage> nodes = new ArrayList<>();
    private final List<ProtoMessage> inputs = new ArrayList<>();
    private final List<ProtoMessage> outputs = new ArrayList<>();
    private final List<ProtoMessage> constants = new ArrayList<>();
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Map<String, String> known = new HashMap<>();

    /**
     * Creates an empty graph.
     *
     * @param name the graph's name
     */
    public OnnxGraph(String name) {
        this.name = name;
    }

    /**
     * Adds an input of integers.
     *
     * @param input its name, which is that of its value
     * @param dimensions the names of its dimensions, each of any size
     */
    public String integers(String input, String... dimensions) {
        inputs.add(value(input, ElementType.INT64, dimensions));
        return input;
    }

    /**
     * Adds an output of floats.
     *
     * @param output its name
     * @param value what it is
     * @param dimensions sizes, or names where they are any
     */
    public void output(String output, String value, String... dimensions) {
        nodes.add(node("Identity", List.of(value), output, Map.of()));
        outputs.add(value(output, ElementType.FLOAT, dimensions));
    }

    /**
     * Adds a node.
     *
     * @param operator its operator
     * @param attributes integers (Long), lists of them (long[]) and floats (Float)
     * @param values what it reads
     * @return its value
     */
    public String apply(String operator, Map<String, Object> attributes, String... values) {
        String result = operator + "_" + nodes.size();
        nodes.add(node(operator, List.of(values), result, attributes));
        return result;
    }

    /** Adds a node without attributes. */
    public String apply(String operator, String... values) {
        return apply(operator, Map.of(), values);
    }

    /** Adds a weight as it is, in float32; one that is there already is not added again. */
    public String weight(String path, NDArray array) {
        return weight(new Weight(path, array, false));
    }

    /**
     * Adds the transpose of a matrix W [out, in], the right factor of MatMul, in float32.
     *
     * @param path the weight's name in the model
     * @param array W
     */
    public String transposed(String path, NDArray array) {
        return weight(new Weight(path + "_transposed", array, true));
    }

    private String weight(Weight weight) {
        weights.putIfAbsent(weight.name(), weight);
        return weight.name();
    }

    /** Adds integers: a vector, such as a shape or axes. */
    public String integers(long... values) {
        return constant(ElementType.INT64, new long[] {values.length}, bytes(values));
    }

    /** Adds an integer without dimensions. */
    public String integer(long value) {
        return constant(ElementType.INT64, new long[0], bytes(value));
    }

    /** Adds a float without dimensions. */
    public String real(float value) {
        byte[] bytes = new byte[Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
        return constant(ElementType.FLOAT, new long[0], bytes);
    }

    /** Adds floats: a vector. */
    public String reals(float... values) {
        byte[] bytes = new byte[values.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return constant(ElementType.FLOAT, new long[] {values.length}, bytes);
    }

    private static byte[] bytes(long... values) {
        byte[] bytes = new byte[values.length * Long.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
        return bytes;
    }

    private String constant(ElementType type, long[] shape, byte[] raw) {
        String key = type + " " + shape.length + " " + HexFormat.of().formatHex(raw);
        return known.computeIfAbsent(
                key,
                absent -> {
                    String constant = "constant_" + known.size();
                    constants.add(
                            new ProtoMessage()
                                    .numbers(1, shape)
                                    .number(2, type.code())
                                    .text(8, constant)
                                    .bytes(9, raw));
                    return constant;
                });
    }

    /**
     * Writes the model, whole or not at all. Protocol buffers end at 2 GB: the weights of a larger
     * model lie in a file beside it, named as it is with {@code _data} at its end.
     *
     * @param file the file
     * @param metadata what a reader may want to know
     * @throws IOException if it cannot be written, or a weight is not finite
     */
    public void write(Path file, Map<String, String> metadata) throws IOException {
        write(file, metadata, MOST_INSIDE);
    }

    void write(Path file, Map<String, String> metadata, long mostInside) throws IOException {
        long bytes = weights.values().stream().mapToLong(Weight::bytes).sum();
        try (AtomicFiles files = new AtomicFiles()) {
            if (bytes <= mostInside) {
                ProtoMessage model =
                        model(
                                metadata,
                                (weight, tensor) -> tensor.bytes(9, weight.bytes(), weight));
                files.stage(file, model::writeTo);
            } else {
                String data = file.getFileName() + "_data";
                long[] offset = {0};
                ProtoMessage model =
                        model(
                                metadata,
                                (weight, tensor) -> {
                                    tensor.message(13, entry("location", data))
                                            .message(13, entry("offset", "" + offset[0]))
                                            .message(13, entry("length", "" + weight.bytes()))
                                            .number(14, 1);
                                    offset[0] += weight.bytes();
                                });
                files.stage(
                        file.resolveSibling(data),
                        out -> {
                            for (Weight weight : weights.values()) {
                                weight.writeTo(out);
                            }
                        });
                files.stage(file, model::writeTo);
            }
            files.commit();
        }
    }

    private static ProtoMessage entry(String key, String value) {
        return new ProtoMessage().text(1, key).text(2, value);
    }

    private interface Data {
        void addTo(Weight weight, ProtoMessage tensor);
    }

    private ProtoMessage model(Map<String, String> metadata, Data data) {
        ProtoMessage graph = new ProtoMessage();
        nodes.forEach(node -> graph.message(1, node));
        graph.text(2, name);
        constants.forEach(constant -> graph.message(5, constant));
        for (Weight weight : weights.values()) {
            ProtoMessage tensor =
                    new ProtoMessage()
                            .numbers(1, weight.shape())
                            .number(2, ElementType.FLOAT.code())
                            .text(8, weight.name());
            data.addTo(weight, tensor);
            graph.message(5, tensor);
        }
        inputs.forEach(input -> graph.message(11, input));
        outputs.forEach(output -> graph.message(12, output));
        ProtoMessage model =
                new ProtoMessage().number(1, IR_VERSION).text(2, "lora4j").message(7, graph);
        model.message(8, new ProtoMessage().text(1, "").number(2, OPSET));
        metadata.forEach((key, value) -> model.message(14, entry(key, value)));
        return model;
    }

    private static ProtoMessage node(
            String operator, List<String> inputs, String output, Map<String, Object> attributes) {
        ProtoMessage node = new ProtoMessage();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, output).text(3, output).text(4, operator);
        attributes.forEach((key, value) -> node.message(5, attribute(key, value)));
        return node;
    }

    private static ProtoMessage attribute(String name, Object value) {
        ProtoMessage attribute = new ProtoMessage().text(1, name);
        if (value instanceof Float real) {
            return attribute.number(2, real).number(20, 1);
        }
        if (value instanceof Long integer) {
            return attribute.number(3, integer).number(20, 2);
        }
        if (value instanceof long[] integers) {
            return attribute.numbers(8, integers).number(20, 7);
        }
        throw new IllegalArgumentException(name + " is a " + value.getClass());
    }

    private static ProtoMessage value(String name, ElementType type, String... dimensions) {
        ProtoMessage shape = new ProtoMessage();
        for (String dimension : dimensions) {
            boolean size = dimension.chars().allMatch(c -> c >= '0' && c <= '9');
            shape.message(
                    1,
                    size
                            ? new ProtoMessage().number(1, Long.parseLong(dimension))
                            : new ProtoMessage().text(2, dimension));
        }
        ProtoMessage tensor = new ProtoMessage().number(1, type.code()).message(2, shape);
        return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor));
    }
}
