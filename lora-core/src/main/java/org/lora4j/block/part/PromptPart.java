/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.StepContext;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;
import org.lora4j.core.SoftPromptConfig;

/**
 * The soft prompt of one adapter, in float32: its vectors [P, H], or the network that gives them.
 */
final class PromptPart implements Part {
    /** PEFT's name of the vectors in a file; it is below no module. */
    static final String SUFFIX = "prompt_embeddings";

    private static final String READ = "prompt_encoder.embedding.weight";
    private static final String MLP = "prompt_encoder.mlp_head.";
    private static final String LSTM = "prompt_encoder.lstm_head.";

    final String peftType;
    final int count;
    private final long width;
    private final SoftPromptConfig.@Nullable Encoder encoder;
    private final Map<String, Parameter> tensors = new LinkedHashMap<>();
    private final Map<String, DetachedView> views = new LinkedHashMap<>();

    private PromptPart(
            String peftType, int count, long width, SoftPromptConfig.@Nullable Encoder encoder) {
        this.peftType = peftType;
        this.count = count;
        this.width = width;
        this.encoder = encoder;
    }

    /** Vectors alone, which are still to be filled: those of a file. */
    static PromptPart empty(String key, SoftPromptConfig config, NDManager manager, long width) {
        PromptPart part = new PromptPart(config.peftType(), config.virtualTokens(), width, null);
        part.add(
                key,
                SUFFIX,
                manager.zeros(new Shape(config.virtualTokens(), width), DataType.FLOAT32));
        return part;
    }

    /**
     * A new prompt.
     *
     * @param table the word table
     * @param scale what the model multiplies word vectors by
     */
    static PromptPart drawn(
            String key, SoftPromptConfig config, NDArray table, double scale, LoraKernels kernels) {
        long width = table.getShape().get(1);
        NDManager manager = table.getManager();
        Draw draw = new Draw(manager, CounterRandom.derive(config.seed(), "prompt"));
        int count = config.virtualTokens();
        if (config.source() instanceof SoftPromptConfig.Encoder asked) {
            int inner = asked.hiddenSize() == 0 ? Math.toIntExact(width) : asked.hiddenSize();
            var encoder =
                    new SoftPromptConfig.Encoder(
                            asked.network(), inner, asked.layers(), asked.dropout());
            PromptPart part = new PromptPart(config.peftType(), count, width, encoder);
            part.add(key, READ, draw.normal(count, width));
            part.addNetwork(key, draw, encoder);
            return part;
        }
        PromptPart part = new PromptPart(config.peftType(), count, width, null);
        int entries = Math.toIntExact(table.getShape().get(0));
        NDArray vectors;
        if (config.source() instanceof SoftPromptConfig.Text text) {
            vectors = rows(table, cycled(text.ids(), count), scale, kernels);
        } else if (config.source() instanceof SoftPromptConfig.SampledVocabulary) {
            vectors = rows(table, draw.ids(count, entries), scale, kernels);
        } else {
            vectors = draw.normal(count, width);
        }
        part.add(key, SUFFIX, vectors);
        return part;
    }

    private static long[] cycled(List<Integer> ids, int count) {
        if (ids.isEmpty()) {
            throw new IllegalArgumentException(
                    "a prompt's text has no tokens: a model with a tokenizer is needed, and a text"
                            + " of which it makes some");
        }
        long[] cycled = new long[count];
        for (int i = 0; i < count; i++) {
            cycled[i] = ids.get(i % ids.size());
        }
        return cycled;
    }

    private static NDArray rows(NDArray table, long[] ids, double scale, LoraKernels kernels) {
        try (NDArray places = table.getManager().create(ids);
                NDArray rows = kernels.rows(table, places)) {
            return scale == 1 ? rows.duplicate() : rows.mul((float) scale);
        }
    }

    /**
     * Returns the shapes of what trains of a new prompt, by PEFT's names: the vectors, or the
     * network that gives them and what it reads.
     *
     * @param width H
     */
    static Map<String, Shape> trainedShapes(SoftPromptConfig config, long width) {
        Shape vectors = new Shape(config.virtualTokens(), width);
        if (!(config.source() instanceof SoftPromptConfig.Encoder asked)) {
            return Map.of(SUFFIX, vectors);
        }
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put(READ, vectors);
        shapes.putAll(network(asked, width));
        return shapes;
    }

    /** The layers under PEFT's names. */
    private static Map<String, Shape> network(SoftPromptConfig.Encoder asked, long width) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        long inner = asked.hiddenSize() == 0 ? width : asked.hiddenSize();
        if (asked.network() == SoftPromptConfig.Network.MLP) {
            addLinear(shapes, MLP + "0", inner, width);
            addLinear(shapes, MLP + "2", inner, inner);
            addLinear(shapes, MLP + "4", width, inner);
            return shapes;
        }
        for (int layer = 0; layer < asked.layers(); layer++) {
            long in = layer == 0 ? width : 2 * inner;
            for (String direction : List.of("", "_reverse")) {
                String end = "_l" + layer + direction;
                shapes.put(LSTM + "weight_ih" + end, new Shape(4 * inner, in));
                shapes.put(LSTM + "weight_hh" + end, new Shape(4 * inner, inner));
                shapes.put(LSTM + "bias_ih" + end, new Shape(4 * inner));
                shapes.put(LSTM + "bias_hh" + end, new Shape(4 * inner));
            }
        }
        addLinear(shapes, MLP + "0", 2 * inner, 2 * inner);
        addLinear(shapes, MLP + "2", width, 2 * inner);
        return shapes;
    }

    private static void addLinear(Map<String, Shape> shapes, String name, long out, long in) {
        shapes.put(name + ".weight", new Shape(out, in));
        shapes.put(name + ".bias", new Shape(out));
    }

    /** Draws the layers as PyTorch draws new ones. */
    private void addNetwork(String key, Draw draw, SoftPromptConfig.Encoder asked) {
        long in = asked.hiddenSize();
        for (Map.Entry<String, Shape> layer : network(asked, width).entrySet()) {
            Shape shape = layer.getValue();
            if (layer.getKey().startsWith(MLP) && shape.dimension() > 1) {
                in = shape.get(1); // of the bias that follows too
            }
            double bound = 1 / Math.sqrt((double) in);
            add(key, layer.getKey(), draw.uniform(bound, shape.getShape()));
        }
    }

    private void add(String key, String name, NDArray array) {
        Parameter parameter =
                BlockWeights.parameter(
                        name + "@" + AdapterNames.nameOf(key), Parameter.Type.WEIGHT, array, true);
        tensors.put(name, parameter);
        views.put(name, new DetachedView(parameter));
    }

    /** Whether the vectors are those that a network of P-tuning once gave. */
    boolean isFixed() {
        return encoder == null && peftType.equals("P_TUNING");
    }

    boolean isEncoded() {
        return encoder != null;
    }

    /** Returns the vectors [P, H] for a pass. */
    NDArray vectors(LoraContext context, ParameterStore store, Device device, boolean training) {
        LoraKernels kernels = context.kernels();
        List<NDArray> arrays = new ArrayList<>();
        views.values().forEach(view -> arrays.add(view.value(store, device, training)));
        if (encoder != null && training && encoder.dropout() > 0 && encoder.layers() > 1) {
            Shape shape = new Shape(count, 2L * encoder.hiddenSize());
            NDManager manager = arrays.get(0).getManager();
            List<NDArray> masks = new ArrayList<>();
            for (int layer = 1; layer < encoder.layers(); layer++) {
                long key = StepContext.pathKey("prompt_encoder.lstm_head.dropout" + layer);
                NDArray mask = context.steps().mask(manager, shape, encoder.dropout(), key);
                masks.add(mask.toDevice(device, false));
            }
            NDArray encoded =
                    kernels.encodePrompt(arrays, encoder.layers(), masks, encoder.dropout());
            masks.forEach(NDArray::close);
            return encoded;
        }
        return encoder == null
                ? arrays.get(0)
                : kernels.encodePrompt(
                        arrays,
                        encoder.network() == SoftPromptConfig.Network.LSTM ? encoder.layers() : 0);
    }

    /** Returns the vectors as they are now, without gradients. */
    NDArray vectors(LoraKernels kernels) {
        List<NDArray> arrays = views.values().stream().map(DetachedView::get).toList();
        return encoder == null
                ? arrays.get(0).duplicate()
                : kernels.encodePrompt(
                        arrays,
                        encoder.network() == SoftPromptConfig.Network.LSTM ? encoder.layers() : 0);
    }

    @Override
    public Map<String, Parameter> tensors() {
        return tensors;
    }

    @Override
    public String numbers() {
        return "a prompt of " + count + (encoder == null ? "" : ", " + encoder);
    }

    @Override
    public void close() {
        views.values().forEach(DetachedView::close);
        tensors.values().forEach(Parameter::close);
    }

    /** Draws arrays one after another. */
    private static final class Draw {
        private final NDManager manager;
        private final long key;
        private long at;

        Draw(NDManager manager, long key) {
            this.manager = manager;
            this.key = key;
        }

        NDArray normal(long... shape) {
            float[] numbers = new float[Math.toIntExact(new Shape(shape).size())];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) CounterRandom.gaussian(key, at++);
            }
            return manager.create(numbers, new Shape(shape));
        }

        NDArray uniform(double bound, long... shape) {
            float[] numbers = new float[Math.toIntExact(new Shape(shape).size())];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) (bound * (2 * CounterRandom.uniform(key, at++) - 1));
            }
            return manager.create(numbers, new Shape(shape));
        }

        long[] ids(int count, int below) {
            long[] ids = new long[count];
            for (int i = 0; i < count; i++) {
                ids[i] = (long) (CounterRandom.uniform(key, at++) * below);
            }
            return ids;
        }
    }
}
