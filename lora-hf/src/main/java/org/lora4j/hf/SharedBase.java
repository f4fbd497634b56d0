/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.hf.base.LoadedModel;

/**
 * One set of frozen weights under any number of models, each with adapters, trainings and active
 * adapters of its own: several trainings at once in one JVM for the memory of one base.
 *
 * <p>Each model gives the bits that it gives on a base of its own. Nothing may write the weights:
 * {@link LoraModel#trainAll} and {@link LoraModel#mergeAndUnload} are refused. The weights are
 * freed when this object and all of its models are closed, in any order; closing one waits for its
 * own passes and does not disturb the others. Thread-safe.
 */
public final class SharedBase implements AutoCloseable {
    private final LoadedModel loaded;
    private boolean closed;

    private SharedBase(LoadedModel loaded) {
        this.loaded = loaded;
    }

    /**
     * Loads the weights.
     *
     * @param directory a Hugging Face model directory
     * @param task what its models are for
     * @param options where and how
     * @throws IOException if the directory does not hold a model of a supported family
     */
    public static SharedBase load(Path directory, Task task, LoadOptions options)
            throws IOException {
        return new SharedBase(ModelLoader.load(directory, task, options));
    }

    /**
     * Returns a new model on the weights, without adapters; the caller closes it.
     *
     * @throws IllegalStateException if this object was closed
     * @throws IOException if the tokenizer cannot be read again
     */
    public synchronized LoraModel newModel() throws IOException {
        if (closed) {
            throw new IllegalStateException("the base was closed; load it anew");
        }
        return new LoraModel(ModelLoader.share(loaded));
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
