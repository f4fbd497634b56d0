/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.block.LoraContext;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.AdapterConfig;
import org.lora4j.djl.AdapterTensors;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.Task;
import org.lora4j.hf.adapter.NewAdapter;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.family.UnsupportedSettings;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.torch.TorchKernels;

/**
 * The parameters of a model as it is loaded for a task, with the head of the task, and those of an
 * adapter on it. The family builds the model on arrays without elements: no weights, no engine.
 *
 * <p>Not thread-safe.
 */
public final class TaskParameters {
    private final ModelConfig config;
    private final ModelFamily family;
    private final ModelRoot root;
    private final Set<String> drawn;
    private final int outputs;
    private final ParameterInventory inventory;

    private TaskParameters(
            ModelConfig config,
            ModelFamily family,
            ModelRoot root,
            Set<String> drawn,
            int outputs) {
        this.config = config;
        this.family = family;
        this.root = root;
        this.drawn = drawn;
        this.outputs = outputs;
        this.inventory = ParameterInventory.of(root);
    }

    /**
     * Describes a model by its configuration alone. Which layers would be drawn follows from the
     * architecture that it names.
     *
     * @param config its configuration
     * @param task what it is loaded for; a task without labels has those of the configuration
     * @throws IOException if the family is not known, has no form for the task, or a number of
     *     config.json makes no sense
     */
    public static TaskParameters of(ModelConfig config, Task task) throws IOException {
        Set<String> tensors = new LinkedHashSet<>();
        for (ModuleShape module : ParameterInventory.of(config).modules()) {
            tensors.add(module.path() + ".weight");
            tensors.add(module.path() + ".bias"); // a layer without one does not ask
        }
        return build(config, task, tensors);
    }

    /**
     * Describes a model by its configuration and the tensors that its checkpoint has.
     *
     * @param config its configuration
     * @param task what it is loaded for; a task without labels has those of the configuration
     * @param tensors the tensors' names in the files
     * @throws IOException as without them
     */
    public static TaskParameters of(ModelConfig config, Task task, Set<String> tensors)
            throws IOException {
        ParameterInventory.of(config); // refuses numbers that make no sense
        Set<String> names = new LinkedHashSet<>();
        ModelFamily family = ModelFamilies.of(config);
        tensors.forEach(name -> names.add(family.names().rename().apply(name)));
        return build(config, task, names);
    }

    private static TaskParameters build(ModelConfig config, Task task, Set<String> tensors)
            throws IOException {
        ModelFamily family = ModelFamilies.of(config);
        UnsupportedSettings.refuse(config, family);
        int outputs = outputs(config, task);
        try (Checkpoint weights = Checkpoint.ofShapes(tensors)) {
            ModelRoot root = root(config, family, task, outputs, weights);
            return new TaskParameters(config, family, root, weights.drawn(), outputs);
        } catch (ArithmeticException e) {
            throw new IOException("config.json: the product of its sizes is too large", e);
        }
    }

    private static ModelRoot root(
            ModelConfig config, ModelFamily family, Task task, int outputs, Checkpoint weights)
            throws IOException {
        LoraContext context = LoraContext.of(new TorchKernels(), 0);
        if (task instanceof Task.Embedding) {
            return family.textEncoder(config, weights, context);
        }
        if (task instanceof Task.CausalLanguageModel && family instanceof DecoderFamily decoder) {
            return decoder.causalLanguageModel(config, weights, context);
        }
        if (task instanceof Task.TokenClassification && family instanceof EncoderFamily encoder) {
            TokenHead head = new TokenHead(TokenHead.Kind.LABELS, outputs);
            return encoder.tokenClassifier(config, weights, head, context);
        }
        if (task instanceof Task.QuestionAnswering && family instanceof EncoderFamily encoder) {
            TokenHead head = new TokenHead(TokenHead.Kind.SPANS, outputs);
            return encoder.tokenClassifier(config, weights, head, context);
        }
        if (task instanceof Task.CausalLanguageModel
                || task instanceof Task.TokenClassification
                || task instanceof Task.QuestionAnswering) {
            boolean causal = task instanceof Task.CausalLanguageModel;
            throw ModelConfig.invalid(
                    "model_type is \"%s\", %s",
                    family.names().modelType(),
                    causal
                            ? "an encoder, which does not continue texts; expected a decoder"
                            : "a decoder, whose tokens do not see those that follow them; expected"
                                    + " an encoder");
        }
        if (outputs == 0) {
            throw new IllegalArgumentException(
                    "a training for %s is not estimated"
                            .formatted(task.getClass().getSimpleName()));
        }
        return family.sequenceClassifier(config, weights, outputs, context);
    }

    /** Returns how many numbers the head gives for each text or token; 0 where there is no head. */
    private static int outputs(ModelConfig config, Task task) throws IOException {
        if (task instanceof Task.SequenceClassification classes) {
            return labels(config, classes.labels());
        }
        if (task instanceof Task.MultiLabelClassification several) {
            return labels(config, several.labels());
        }
        if (task instanceof Task.TokenClassification tokens) {
            return labels(config, tokens.labels());
        }
        if (task instanceof Task.QuestionAnswering) {
            return 2; // where an answer begins, and where it ends
        }
        return task instanceof Task.Regression || task instanceof Task.Reranking ? 1 : 0;
    }

    private static int labels(ModelConfig config, List<String> asked) throws IOException {
        if (!asked.isEmpty()) {
            return asked.size();
        }
        List<String> own = config.labels();
        int labels = own == null ? config.integer("num_labels", 2) : own.size();
        if (labels < 2) {
            throw ModelConfig.invalid(
                    "it has one label, and the task two at least; say how many with the task");
        }
        return labels;
    }

    /** Returns the modules of the model and their sizes. */
    public ParameterInventory inventory() {
        return inventory;
    }

    /** Returns how many numbers the head gives for each text or token; 0 where there is no head. */
    public int outputs() {
        return outputs;
    }

    /** Returns whether all tokens see each other. */
    boolean isEncoder() {
        return family instanceof EncoderFamily;
    }

    /** Returns whether a head reads each text's first token alone. */
    boolean readsFirstTokens() {
        return isEncoder() && root instanceof SequenceClassifier;
    }

    /**
     * Counts what an adapter would train: what {@code LoraModel.addAdapter} adds, the head
     * included. A module that trains whole and a bias count once, as their trained copies.
     *
     * @param asked the adapter; no targets means the family's own
     * @throws IllegalArgumentException if a name matches nothing, or a module cannot be adapted
     */
    public AdapterCount count(AdapterConfig asked) {
        NewAdapter adapter = NewAdapter.of(asked, family, config, root, drawn);
        AdapterTensors.Size size = AdapterTensors.size(root, adapter.config(), adapter.match());
        long own = Math.addExact(size.trainable(), size.kept());
        long all = Math.addExact(own, frozen(size.copied()));
        return new AdapterCount(
                size.added(),
                size.saved(),
                size.biases(),
                Math.addExact(size.kept(), size.origin()),
                new TrainableParameters(size.trainable(), all));
    }

    /** Counts the base's numbers of which no copy trains; an array of two modules counts once. */
    private long frozen(Set<Parameter> copied) {
        Set<NDArray> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        long sum = 0;
        for (BlockTree.Node node : BlockTree.walk(root)) {
            for (Parameter parameter : BlockWeights.direct(node.block()).values()) {
                NDArray array = parameter.getArray();
                if (!copied.contains(parameter) && counted.add(array)) {
                    sum = Math.addExact(sum, array.getShape().size());
                }
            }
        }
        return sum;
    }
}
