/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.merge;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DenseLinear;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.Candidate;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TrainableTokens;
import org.lora4j.djl.AdapterFiles;
import org.lora4j.djl.BaseCopies;
import org.lora4j.djl.BlockTree;
import org.lora4j.djl.Lora;
import org.lora4j.hf.adapter.AdapterPurpose;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.hf.nn.SingleChildBlock;
import org.lora4j.torch.TorchKernels;

/**
 * Merges an adapter into one module at a time: the module is built of its weights by itself, gets
 * its part of the adapter, and is merged as a whole model would be.
 */
final class ModuleMerge {
    private final BaseTensors base;
    private final Path directory;
    private final PeftAdapter adapter;
    private final LoraConfig config;
    private final Set<String> adapted;
    private final Map<String, Candidate> candidates = new HashMap<>();
    private final Map<String, Block> blocks = new HashMap<>();

    private ModuleMerge(
            BaseTensors base,
            ModelRoot model,
            Path directory,
            PeftAdapter adapter,
            LoraConfig config,
            TargetMatch match) {
        this.base = base;
        this.directory = directory;
        this.adapter = adapter;
        this.config = config;
        this.adapted = new TreeSet<>(match.adapted());
        model.candidates().forEach(each -> candidates.put(each.path(), each));
        BlockTree.walk(model).forEach(node -> blocks.put(node.path(), node.block()));
    }

    /**
     * Reads an adapter and compares it with a model of shapes.
     *
     * @param manager who will own the adapter's tensors
     */
    static ModuleMerge open(BaseTensors base, ModelRoot model, Path directory, NDManager manager)
            throws IOException {
        PeftAdapter read = PeftAdapter.read(directory, manager);
        Path file = directory.resolve(PeftConfigFile.FILE_NAME);
        AdapterPurpose.require(read.config(), file, "CAUSAL_LM");
        LoraConfig lora = plain(read.config(), file);
        List<Candidate> modules = model.candidates();
        TargetMatch match = TargetMatcher.of(lora).matchForLoading(modules);
        BaseCopies copies = BaseCopies.of(model);
        List<String> saved = new ArrayList<>(lora.modulesToSave());
        Map<String, NDArray> tensors = new LinkedHashMap<>(read.tensors());
        for (Map.Entry<String, NDArray> tensor : read.tensors().entrySet()) {
            String name = tensor.getKey();
            Parameter original = copies.original(name);
            boolean trained =
                    match.saved().stream().anyMatch(path -> ModulePath.startsWith(name, path))
                            || (lora.bias() != Bias.NONE && name.endsWith(".bias"));
            if (original == null || trained) {
                continue;
            }
            String path = name.replace(".base_layer.", ".");
            String module = ModulePath.parent(path);
            if (base.isEqual(tensor.getValue(), weight(base, model, path))) {
                tensors.remove(name);
            } else if (!tensor.getValue().getShape().equals(original.getArray().getShape())) {
                throw notByModules(file, "the tables of another number of tokens (" + name + ")");
            } else if (model.tokenPaths().contains(module) && path.equals(name)) {
                saved.add(module);
            }
        }
        LoraConfig complete = lora.toBuilder().optModulesToSave(saved).build();
        PeftAdapter adapter = new PeftAdapter(read.config(), tensors, read.notes());
        TargetMatch all = TargetMatcher.of(complete).matchForLoading(modules);
        AdapterFiles.check(model, complete, all, adapter, directory);
        return new ModuleMerge(base, model, directory, adapter, complete, all);
    }

    /** The tensor of a path; a tied projection has the word table's. */
    private static String weight(BaseTensors base, ModelRoot model, String path) {
        return base.has(path) ? path : model.wordTablePath() + ".weight";
    }

    private static LoraConfig plain(PeftConfigFile config, Path file) throws IOException {
        AdapterConfig method = config.method();
        if (!(method instanceof LoraConfig lora)) {
            throw notByModules(file, "peft_type " + method.peftType());
        }
        if (!lora.tokens().equals(TrainableTokens.NONE)) {
            throw notByModules(file, "rows of tokens (trainable_token_indices)");
        }
        if (!lora.targetParameters().isEmpty()) {
            throw notByModules(file, "parameters by themselves (target_parameters)");
        }
        if (config.ensuresWeightTying()) {
            throw notByModules(file, "two modules that are one (ensure_weight_tying)");
        }
        return lora;
    }

    private static IOException notByModules(Path file, String what) {
        return new IOException(
                ("%s: %s cannot be merged module by module; load the model whole and merge that"
                                + " (merge and export without --stream)")
                        .formatted(file, what));
    }

    /** Returns the tokens with which the adapter learnt to end texts. */
    List<Integer> endTokens() {
        AdapterNotes notes = adapter.notes();
        return notes == null ? List.of() : notes.endTokens();
    }

    /** Returns whether a module's weight is not the base's. */
    boolean changes(String module) {
        return adapted.contains(module) || adapter.tensors().containsKey(module + ".weight");
    }

    /** Returns a tensor with the adapter merged into it, in the base's precision. */
    NDArray read(NDManager scope, String path) throws IOException {
        String module = ModulePath.parent(path);
        String name = ModulePath.lastSegment(path);
        boolean ofBase = name.equals("bias") && config.bias() == Bias.NONE && !config.loraBias();
        if (adapted.contains(module) && !ofBase) {
            return merged(scope, module, name);
        }
        NDArray own = base.read(scope, path);
        NDArray copy = adapted.contains(module) ? null : adapter.tensors().get(path);
        return copy == null ? own : Precision.like(scope, copy, own);
    }

    private NDArray merged(NDManager scope, String module, String name) throws IOException {
        Block tree = built(scope, module);
        List<String> names = List.of(module.split("\\."));
        for (int i = names.size() - 1; i >= 0; i--) {
            tree = new SingleChildBlock(names.get(i), tree);
        }
        Map<String, NDArray> part = new LinkedHashMap<>();
        adapter.tensors()
                .forEach(
                        (tensor, array) -> {
                            if (tensor.startsWith(module + ".lora_")
                                    || tensor.startsWith(module + ".base_layer.")) {
                                part.put(tensor, array);
                            }
                        });
        LoraConfig own = config.toBuilder().optModulesToSave(List.of()).build();
        Candidate candidate = Objects.requireNonNull(candidates.get(module), module);
        AdapterFiles.load(
                tree,
                Lora.DEFAULT_ADAPTER,
                own,
                TargetMatcher.of(own).matchForLoading(List.of(candidate)),
                new PeftAdapter(adapter.config().withMethod(own), part, adapter.notes()),
                directory);
        Lora.mergeAndUnload(tree);
        for (BlockTree.Node node : BlockTree.walk(tree)) {
            Parameter weight = BlockWeights.direct(node.block()).get(name);
            if (node.path().equals(module) && weight != null) {
                return weight.getArray();
            }
        }
        throw new IllegalStateException(module + " was merged and has no " + name);
    }

    /** Builds a module of its weights. */
    private Block built(NDManager scope, String module) throws IOException {
        NDArray weight = base.read(scope, module + ".weight");
        @Nullable NDArray bias =
                base.has(module + ".bias") ? base.read(scope, module + ".bias") : null;
        Block like = blocks.get(module);
        if (like instanceof TransposedLinear) {
            return new TransposedLinear(weight, bias, new TorchKernels());
        }
        if (like instanceof EmbeddingBlock) {
            return new EmbeddingBlock(weight);
        }
        if (like instanceof DenseLinear) {
            return new DenseLinear(weight, bias, new TorchKernels());
        }
        throw new IOException(
                "%s: %s is no linear layer or table, and is not merged by itself"
                        .formatted(directory, module));
    }
}
