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
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.layer.LoraEmbedding;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/** One case of golden/layers: what Python computed for one layer. */
record LayerGolden(String name, JsonObject json, Source source) {
    private static final String FOLDER = "/golden/layers/";

    /** Where the files of the cases are. */
    interface Source {
        InputStream open(String name) throws IOException;
    }

    static List<LayerGolden> all() {
        return all(LayerGolden::resource);
    }

    static List<LayerGolden> all(Source source) {
        try (InputStream in = source.open("manifest.json")) {
            JsonObject cases =
                    JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                            .getAsJsonObject()
                            .getAsJsonObject("cases");
            return cases.keySet().stream()
                    .map(name -> new LayerGolden(name, cases.getAsJsonObject(name), source))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(LayerGolden.class.getResourceAsStream(FOLDER + name), name);
    }

    String kind() {
        return json.get("kind").getAsString();
    }

    AdapterSpec spec(DeltaDtype dtype) {
        int rank = json.get("rank").getAsInt();
        double alpha = json.get("alpha").getAsDouble();
        ConvForm form =
                json.has("form") ? ConvForm.valueOf(json.get("form").getAsString()) : ConvForm.PEFT;
        List<Boolean> enable = new ArrayList<>();
        if (json.has("enable")) {
            json.getAsJsonArray("enable").forEach(flag -> enable.add(flag.getAsBoolean()));
        }
        boolean rslora = json.has("rslora") && json.get("rslora").getAsBoolean();
        double scaling = alpha / (rslora ? Math.sqrt(rank) : rank);
        return new AdapterSpec(
                rank, alpha, scaling, 0, Init.GAUSSIAN, dtype, 5, form, enable, false);
    }

    Arrays read(NDManager manager) {
        try (InputStream in = source.open(name + ".npz")) {
            Map<String, NDArray> arrays = new HashMap<>();
            for (NDArray array : NDList.decode(manager, in)) {
                // DJL's array reads Java's memory, which a recorded gradient may outlive
                arrays.put(array.getName(), array.duplicate());
            }
            return new Arrays(name, arrays);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The adapted layer on the base's arrays. */
    AdaptedLayer layer(Arrays arrays, LoraContext context) {
        Block base = base(arrays);
        if (base instanceof Words table) {
            return new LoraEmbedding<>(name, table, context, json.get("padding").getAsLong());
        }
        return LoraLayers.wrap(name, base, spec(DeltaDtype.ACTIVATION), context).orElseThrow();
    }

    /** The adapted linear layer on the base's arrays, of a case of no kind of layer. */
    AdaptedLayer linear(Arrays arrays, LoraContext context) {
        NDArray w = arrays.get("w").duplicate();
        DenseLinear base = new DenseLinear(w, arrays.get("bias").duplicate(), context.kernels());
        return LoraLayers.wrap(name, base, context).orElseThrow();
    }

    /** The plain layer on the base's arrays. */
    Block base(Arrays arrays) {
        return switch (kind()) {
            case "embedding" -> new Words(arrays.get("w").duplicate());
            case "linear", "merged", "dropout" -> linear(arrays);
            case "convolution" -> convolution(arrays);
            default -> throw new IllegalStateException(kind());
        };
    }

    private Block convolution(Arrays arrays) {
        Shape w = arrays.get("w").getShape();
        Convolution layer =
                w.dimension() == 3
                        ? build(Conv1d.builder(), w, arrays).build()
                        : build(Conv2d.builder(), w, arrays).build();
        layer.initialize(
                arrays.get("w").getManager(), DataType.FLOAT32, arrays.get("x").getShape());
        fill(layer, arrays);
        return layer;
    }

    private <B extends Convolution.ConvolutionBuilder<B>> B build(
            B builder, Shape w, Arrays arrays) {
        builder.setKernelShape(w.slice(2));
        builder.setFilters((int) w.get(0));
        builder.optStride(shape("stride"));
        builder.optPadding(shape("padding"));
        builder.optDilation(shape("dilation"));
        builder.optGroups(json.get("groups").getAsInt());
        builder.optBias(arrays.has("bias"));
        return builder;
    }

    private Shape shape(String key) {
        Shape shape = new Shape();
        for (var value : json.getAsJsonArray(key)) {
            shape = shape.add(value.getAsLong());
        }
        return shape;
    }

    private Block linear(Arrays arrays) {
        NDArray w = arrays.get("w");
        NDArray bias = arrays.has("bias") ? arrays.get("bias").duplicate() : null;
        if (json.get("fanIn").getAsBoolean()) {
            return new TransposedLinear(w.duplicate(), bias, new TorchKernels());
        }
        Linear linear =
                Linear.builder().setUnits(w.getShape().get(0)).optBias(bias != null).build();
        linear.initialize(w.getManager(), DataType.FLOAT32, new Shape(1, w.getShape().get(1)));
        fill(linear, arrays);
        return linear;
    }

    private static void fill(Block block, Arrays arrays) {
        block.freezeParameters(true);
        for (String parameter : block.getDirectParameters().keys()) {
            Parameter own = block.getDirectParameters().get(parameter);
            Torch.copyInto(own.getArray(), arrays.get(parameter.equals("bias") ? parameter : "w"));
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** The arrays of a case. */
    record Arrays(String name, Map<String, NDArray> byName) {
        boolean has(String array) {
            return byName.containsKey(array);
        }

        NDArray get(String array) {
            return Objects.requireNonNull(byName.get(array), name + ": " + array);
        }
    }
}
