/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LookupTable;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.family.ModuleShape.Kind;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.torch.TorchKernels;

/**
 * The modules of a model, read off the blocks that its family builds on arrays without elements.
 *
 * <p>A family builds its blocks for one task. What the architectures of a config.json have instead
 * of that task's head is added or left out here: the bare model's pooler, and the "score" of a
 * decoder that classifies.
 */
final class BuiltShapes {
    private final ModelConfig config;
    private final String architecture;
    private final boolean classifies;
    private final List<ModuleShape> shapes = new ArrayList<>();

    private BuiltShapes(ModelConfig config) throws IOException {
        this.config = config;
        this.architecture = config.architecture();
        this.classifies = architecture.endsWith("ForSequenceClassification");
    }

    static List<ModuleShape> of(ModelFamily family, ModelConfig config) throws IOException {
        BuiltShapes built = new BuiltShapes(config);
        try (Checkpoint weights = Checkpoint.ofShapes()) {
            LoraContext context = LoraContext.of(new TorchKernels(), 0);
            if (family instanceof DecoderFamily decoder) {
                built.addDecoder(decoder.causalLanguageModel(config, weights, context));
            } else if (family instanceof EncoderFamily encoder) {
                TokenHead head = built.tokenHead();
                if (head == null) {
                    int labels = built.labels();
                    built.addEncoder(
                            encoder, encoder.sequenceClassifier(config, weights, labels, context));
                } else {
                    ModelRoot root = encoder.tokenClassifier(config, weights, head, context);
                    built.add(root, root.headPaths(), List.of());
                }
            }
        }
        return List.copyOf(built.shapes);
    }

    /** Returns the head that reads each token, or null where the architecture has another. */
    private @Nullable TokenHead tokenHead() throws IOException {
        for (TokenHead.Kind kind : TokenHead.Kind.values()) {
            if (architecture.endsWith(kind.architecture())) {
                return new TokenHead(kind, labels());
            }
        }
        return null;
    }

    private int labels() throws IOException {
        List<String> labels = config.labels();
        return labels == null ? config.integer("num_labels", 2) : labels.size();
    }

    private void addDecoder(ModelRoot root) throws IOException {
        List<String> heads = root.outputPaths();
        if (architecture.isEmpty()
                || architecture.endsWith("ForCausalLM")
                || architecture.endsWith("LMHeadModel")) {
            add(root, heads, List.of());
            return;
        }
        add(root, heads, heads);
        if (classifies) {
            long hidden = hiddenSize(root);
            int labels = labels();
            shapes.add(
                    new ModuleShape(
                            "score",
                            Kind.OUTPUT,
                            hidden,
                            labels,
                            Math.multiplyExact(hidden, labels)));
        }
    }

    private void addEncoder(EncoderFamily family, ModelRoot root) {
        List<String> outputs = List.of(family.classifierOutput());
        String pooler = family.poolerPath();
        if (classifies) {
            add(root, outputs, List.of());
            return;
        }
        // all that lies beside the encoder is the classifier's
        List<String> others = new ArrayList<>(ModulePath.segments(root.getChildren().keys()));
        others.remove(root.framePaths().get(0));
        others.add(pooler);
        add(root, outputs, others);
        if (!pooler.isEmpty() && (architecture.isEmpty() || architecture.endsWith("Model"))) {
            long hidden = hiddenSize(root);
            long size = Math.addExact(Math.multiplyExact(hidden, hidden), hidden);
            shapes.add(new ModuleShape(pooler, Kind.LINEAR, hidden, hidden, size));
        }
    }

    private long hiddenSize(ModelRoot root) {
        return shapes.stream()
                .filter(shape -> shape.path().equals(root.wordTablePath()))
                .mapToLong(ModuleShape::outputs)
                .findFirst()
                .orElseThrow();
    }

    private void add(ModelRoot root, Collection<String> outputs, Collection<String> leftOut) {
        shapes.addAll(modules(root, outputs, leftOut));
    }

    /**
     * Lists the modules that have weights; an array that two modules share counts in the first.
     *
     * @param outputs the layers that give the model's result
     * @param leftOut modules that are left out, with those below them
     */
    static List<ModuleShape> modules(
            ModelRoot root, Collection<String> outputs, Collection<String> leftOut) {
        List<ModuleShape> shapes = new ArrayList<>();
        Set<NDArray> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        for (BlockTree.Node node : BlockTree.walk(root)) {
            Block block = node.block();
            Collection<Parameter> weights = BlockWeights.direct(block).values();
            String path = node.path();
            if (weights.isEmpty()
                    || leftOut.stream().anyMatch(outer -> ModuleShape.isIn(path, outer))) {
                continue;
            }
            long size = 0;
            for (Parameter weight : weights) {
                if (counted.add(weight.getArray())) {
                    size = Math.addExact(size, size(weight.getArray().getShape()));
                }
            }
            Shape first = weights.iterator().next().getArray().getShape();
            long rows = first.get(0);
            long columns = first.get(first.dimension() - 1);
            Kind linear = outputs.contains(path) ? Kind.OUTPUT : Kind.LINEAR;
            if (block instanceof LookupTable) {
                shapes.add(new ModuleShape(path, Kind.EMBEDDING, rows, columns, size));
            } else if (block instanceof TransposedLinear) {
                shapes.add(new ModuleShape(path, linear, rows, columns, size));
            } else if (block instanceof Linear) {
                shapes.add(new ModuleShape(path, linear, columns, rows, size));
            } else {
                shapes.add(new ModuleShape(path, Kind.NORM, 0, columns, size));
            }
        }
        return shapes;
    }

    private static long size(Shape shape) {
        long size = 1;
        for (long side : shape.getShape()) {
            size = Math.multiplyExact(size, side);
        }
        return size;
    }
}
