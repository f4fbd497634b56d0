/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.weight.Int8Weight;
import org.lora4j.block.weight.Nf4Weight;
import org.lora4j.torch.Packing;
import org.lora4j.torch.TensorDtype;

/**
 * Reads weights as bitsandbytes' layers write them into a checkpoint.
 *
 * <p>Linear4bit: {@code weight} uint8 [⌈n/2⌉, 1], {@code weight.absmax}, {@code weight.quant_map},
 * with double quantisation {@code weight.nested_absmax} and {@code weight.nested_quant_map}, and
 * the numbers and names as JSON in {@code weight.quant_state.bitsandbytes__nf4}. Linear8bitLt:
 * {@code weight} int8 [out, in] and {@code SCB} [out]. Follows bitsandbytes/functional.py,
 * QuantState.
 */
final class BitsAndBytes {
    private static final String STATE = ".weight.quant_state.bitsandbytes__";
    private static final Pattern PARTS =
            Pattern.compile(
                    ".*\\.weight\\.(?:absmax|quant_map|nested_absmax|nested_quant_map"
                            + "|quant_state\\.bitsandbytes__\\w+)|.*\\.(?:SCB|weight_format)");
    private static final Set<Integer> BLOCKS = Set.of(32, 64, 128, 256, 512, 1024, 2048, 4096);
    private static final int MOST_JSON = 1 << 16;

    private final Path source;
    private final TensorSource tensors;
    private final Map<String, String> names;
    private final boolean packed;

    BitsAndBytes(Path source, TensorSource tensors, Map<String, String> names) {
        this.source = source;
        this.tensors = tensors;
        this.names = names;
        this.packed =
                names.keySet().stream()
                        .anyMatch(name -> name.contains(STATE) || name.endsWith(".SCB"));
    }

    /** Returns whether the files have any packed weight. */
    boolean isPacked() {
        return packed;
    }

    /** Returns whether a tensor describes a packed weight. */
    boolean describes(String tensor) {
        return packed && isPart(tensor);
    }

    /** Returns whether a name is one of those that describe packed weights. */
    static boolean isPart(String tensor) {
        return PARTS.matcher(tensor).matches();
    }

    /**
     * Returns how a layer is packed, or null if it is not.
     *
     * @throws IOException if it is packed in another way
     */
    Quantization.@Nullable Format format(String layer, String weight) throws IOException {
        if (names.containsKey(layer + STATE + "fp4")) {
            throw new IOException(
                    "%s: %s is in fp4, which is not supported; expected nf4. Quantise the model with bnb_4bit_quant_type=\"nf4\", or load it in full precision"
                            .formatted(source, weight));
        }
        if (names.containsKey(layer + STATE + "nf4")) {
            return Quantization.Format.NF4;
        }
        boolean isByRows = names.containsKey(layer + ".SCB");
        if (!isByRows && tensors.dtype(weight) == TensorDtype.I8) {
            throw new IOException(
                    "%s: %s is in 8 bits, and %s.SCB, the scales of its rows, is missing"
                            .formatted(source, weight, layer));
        }
        return isByRows ? Quantization.Format.INT8 : null;
    }

    Int8Weight int8(
            NDManager manager, Packing packing, String layer, String weight, long out, long in)
            throws IOException {
        String form = names.get(layer + ".weight_format");
        if (form != null) {
            try (NDArray value = stored(manager, form, TensorDtype.U8)) {
                if (value.size() != 1 || value.toByteArray()[0] != 0) {
                    throw new IOException(
                            "%s: %s says that the weight is not stored by rows; expected 0. Save the model with a newer version of bitsandbytes"
                                    .formatted(source, form));
                }
            }
        }
        return new Int8Weight(
                stored(manager, weight, TensorDtype.I8, out, in),
                stored(manager, name(layer + ".SCB"), TensorDtype.F32, out),
                packing.room());
    }

    Nf4Weight nf4(
            NDManager manager, Packing packing, String layer, String weight, long out, long in)
            throws IOException {
        State state = new State(name(layer + STATE + "nf4"));
        state.require("quant_type", new JsonPrimitive("nf4"));
        JsonArray shape = new JsonArray();
        shape.add(out);
        shape.add(in);
        state.require("shape", shape);
        int block = state.integer("blocksize");
        if (!BLOCKS.contains(block)) {
            throw state.wrong("blocksize", "a power of two from 32 to 4096");
        }
        requireEqual(packing.pairs(), 16, name(layer + ".weight.quant_map"), manager);
        long count = Math.multiplyExact(out, in);
        long blocks = ceil(count, block);
        NDArray codes = stored(manager, weight, TensorDtype.U8, ceil(count, 2), 1);
        NDArray flat = codes.reshape(codes.size());
        codes.close();
        String absmax = name(layer + ".weight.absmax");
        String outer = names.get(layer + ".weight.nested_absmax");
        Nf4Weight.Scales scales;
        if (outer == null) {
            scales = new Nf4Weight.Scales(stored(manager, absmax, TensorDtype.F32, blocks), null);
        } else {
            int per = state.integer("nested_blocksize");
            if (per < 1) {
                throw state.wrong("nested_blocksize", "an integer of at least 1");
            }
            String map = name(layer + ".weight.nested_quant_map");
            requireEqual(packing.map(), 256, map, manager);
            scales =
                    new Nf4Weight.Scales(
                            stored(manager, absmax, TensorDtype.U8, blocks),
                            new Nf4Weight.Nested(
                                    stored(manager, outer, TensorDtype.F32, ceil(blocks, per)),
                                    packing.map(),
                                    (float) state.number("nested_offset"),
                                    per));
        }
        return new Nf4Weight(out, in, flat, scales, packing.pairs(), block, packing.room());
    }

    /** Requires that a map of the file has the numbers of the format. */
    private void requireEqual(NDArray known, int size, String name, NDManager manager)
            throws IOException {
        try (NDArray map = stored(manager, name, TensorDtype.F32, size)) {
            float[] found = map.toFloatArray();
            float[] expected = known.toFloatArray();
            for (int i = 0; i < size; i++) {
                // the second number of each of the first sixteen pairs is NF4's own
                float own = size == 16 ? expected[2 * i + 1] : expected[i];
                if (found[i] != own) {
                    throw new IOException(
                            "%s: number %d of %s is %s; expected %s, as bitsandbytes has it"
                                    .formatted(source, i, name, found[i], own));
                }
            }
        }
    }

    private static long ceil(long count, long unit) {
        return (count + unit - 1) / unit;
    }

    private String name(String path) throws IOException {
        String name = names.get(path);
        if (name == null) {
            throw new IOException(
                    "%s: %s is missing, which a packed weight needs".formatted(source, path));
        }
        return name;
    }

    /** Reads a tensor of a dtype and, if given, a shape. */
    private NDArray stored(NDManager manager, String name, TensorDtype dtype, long... shape)
            throws IOException {
        TensorDtype found = tensors.dtype(name);
        Shape size = tensors.shape(name);
        Shape expected = new Shape(shape);
        if (found != dtype || (shape.length > 0 && !size.equals(expected))) {
            throw new IOException(
                    "%s: %s is %s %s; expected %s %s of a packed weight"
                            .formatted(source, name, found, size, dtype, expected));
        }
        return tensors.readStored(manager, name);
    }

    /** The JSON of a quant_state tensor. */
    private final class State {
        private final String name;
        private final JsonObject json;

        State(String name) throws IOException {
            this.name = name;
            Shape shape = tensors.shape(name);
            if (shape.dimension() != 1 || shape.size() > MOST_JSON) {
                throw new IOException(
                        "%s: %s is %s; expected at most %d bytes of JSON"
                                .formatted(source, name, shape, MOST_JSON));
            }
            try (NDManager heap = NDManager.newBaseManager("PyTorch");
                    NDArray bytes = stored(heap, name, TensorDtype.U8)) {
                String text = new String(bytes.toByteArray(), StandardCharsets.UTF_8);
                JsonElement parsed = JsonParser.parseString(text);
                if (!(parsed instanceof JsonObject object)) {
                    throw new IOException(source + ": " + name + " is no JSON object");
                }
                json = object;
            } catch (JsonParseException e) {
                throw new IOException(source + ": " + name + " is no JSON: " + e.getMessage(), e);
            }
        }

        double number(String key) throws IOException {
            if (json.get(key) instanceof JsonPrimitive value
                    && value.isNumber()
                    && Double.isFinite(value.getAsDouble())) {
                return value.getAsDouble();
            }
            throw wrong(key, "a finite number");
        }

        int integer(String key) throws IOException {
            double value = number(key);
            if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
                throw wrong(key, "an integer");
            }
            return (int) value;
        }

        void require(String key, JsonElement expected) throws IOException {
            if (!expected.equals(json.get(key))) {
                throw wrong(key, expected.toString());
            }
        }

        IOException wrong(String key, String expected) {
            return new IOException(
                    "%s: %s of %s is %s; expected %s"
                            .formatted(source, key, name, json.get(key), expected));
        }
    }
}
