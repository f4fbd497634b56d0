/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDManager;
import java.util.function.Consumer;
import org.lora4j.train.Evaluation;
import org.lora4j.train.TrainingBatch;

/**
 * A task whose model's outputs can be asked for.
 *
 * @param <B> the kind of batch
 */
public interface OutputTask<B extends TrainingBatch> {
    /**
     * Runs a batch without dropout.
     *
     * @param scope closed right after
     * @param batch what to run
     * @return C numbers for each text [B * C], or for each position of each text [B * T * C]
     */
    float[] outputs(NDManager scope, B batch);

    /**
     * Measures a batch, and hands on its outputs, in one run.
     *
     * @param scope closed right after
     * @param batch what to run
     * @param outputs takes what {@link #outputs} returns
     */
    Evaluation evaluate(NDManager scope, B batch, Consumer<float[]> outputs);
}
