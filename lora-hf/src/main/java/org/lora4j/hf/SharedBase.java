/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.base.HeadUse;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.SharedTensors;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;

/**
 * One set of frozen weights under any number of models, each with a task, adapters, trainings and
 * active adapters of its own: several trainings at once, or classifiers of several customers with
 * labels of their own, in one JVM for the memory of one base.
 *
 * <p>Each model gives the bits that it gives on a base of its own. A layer that the checkpoint
 * lacks, such as a head with a customer's labels, is each model's own; what the checkpoint has, a
 * later model's pooler or vocabulary projection too, is there once. Nothing may write the weights:
 * {@link LoraModel#trainAll}, {@link LoraModel#mergeAndUnload} and {@link
 * LoraModel#resizeTokenEmbeddings} are refused. The weights are freed when this object and all of
 * its models are closed, in any order; closing one waits for its own passes and does not disturb
 * the others. Thread-safe. The files must stay as they are while models are made.
 */
public final class SharedBase implements AutoCloseable {
    private final LoadedModel loaded;
    private final @Nullable Task usual;
    private final LoadOptions options;
    private final SharedTensors tensors;
    private boolean closed;

    private SharedBase(LoadedModel loaded, @Nullable Task usual, LoadOptions options) {
        this.loaded = loaded;
        this.usual = usual;
        this.options = options;
        this.tensors = new SharedTensors(loaded);
    }

    /**
     * Loads the weights that models of every task have in common: all but heads.
     *
     * @param directory a Hugging Face model directory
     * @param options where and how, for all models
     * @throws IOException if the directory does not hold a model of a supported family, or its
     *     family has no form without a head
     */
    public static SharedBase load(Path directory, LoadOptions options) throws IOException {
        Task bare = Task.embedding(EmbeddingForm.of(Pooling.MEAN));
        return new SharedBase(ModelLoader.load(directory, bare, options), null, options);
    }

    /**
     * Loads the weights of a task.
     *
     * @param directory a Hugging Face model directory
     * @param task what its models are for where nothing else is said
     * @param options where and how, for all models
     * @throws IOException if the directory does not hold a model of a supported family
     */
    public static SharedBase load(Path directory, Task task, LoadOptions options)
            throws IOException {
        return new SharedBase(ModelLoader.load(directory, task, options), task, options);
    }

    /**
     * Returns a new model on the weights for the task they were loaded for, without adapters; the
     * caller closes it.
     *
     * @throws IllegalStateException if this object was closed, or loaded without a task
     * @throws IOException if the tokenizer cannot be read again
     */
    public LoraModel newModel() throws IOException {
        if (usual == null) {
            throw new IllegalStateException(
                    "the base was loaded for no task in particular; name one, as in"
                            + " newModel(Task.sequenceClassification(\"no\", \"yes\"))");
        }
        return newModel(usual);
    }

    /**
     * Returns a new model on the weights for a task, without adapters, as {@link
     * LoraModel#load(Path, Task, LoadOptions)} would load it; the caller closes it. What the task
     * needs beside the weights that are there is read from the directory, or drawn.
     *
     * @param task what it is for
     * @throws IllegalStateException if this object was closed
     * @throws IOException if the directory does not hold a model of the task
     */
    public LoraModel newModel(Task task) throws IOException {
        HeadUse head = options.newHead() ? HeadUse.REPLACE : HeadUse.KEEP;
        return new LoraModel(share(task, options, head));
    }

    /**
     * Returns a new model on the weights for the task of an adapter, with its labels and the
     * adapter, active and frozen, as {@link LoraModel#load(Path, Path, LoadOptions)} would load it;
     * the caller closes it.
     *
     * @param adapter a PEFT directory
     * @throws IllegalStateException if this object was closed, or the adapter has another number of
     *     tokens than the base, whose word table other models read
     * @throws IOException if the adapter is not valid or is of another base
     */
    public LoraModel newModel(Path adapter) throws IOException {
        return AdapterTask.of(loaded.directory(), adapter)
                .load(loaded.directory(), adapter, options, this::share);
    }

    private synchronized LoadedModel share(Task task, LoadOptions how, HeadUse head)
            throws IOException {
        if (closed) {
            throw new IllegalStateException("the base was closed; load it anew");
        }
        return ModelLoader.share(loaded, tensors, task, how, head);
    }

    /** Gives up this object's use of the weights; models that are open keep theirs. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            loaded.close();
        }
    }
}
