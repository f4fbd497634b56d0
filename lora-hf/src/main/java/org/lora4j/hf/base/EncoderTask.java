/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.StepContext;
import org.lora4j.djl.training.KasaPenalty;
import org.lora4j.text.PaddedTextBatch;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.penalty.Penalty;

/**
 * The training of an encoder that reads padded texts, whatever its head: all but the loss and what
 * is predicted.
 *
 * @param <B> the kind of batch
 */
public interface EncoderTask<B extends PaddedTextBatch> extends TrainingTask<B>, OutputTask<B> {
    /** Returns how the encoder runs. */
    EncoderTraining runs();

    @Override
    default ActiveAdapters.Scope begin() {
        return runs().block().beginTraining();
    }

    @Override
    default TrainingAdvice advice() {
        return ModelAdvice.of(runs().model());
    }

    @Override
    default TrainingIdentity identity() {
        return ModelIdentity.of(runs().model());
    }

    @Override
    default Map<String, NDArray> trainable() {
        return runs().block().trainedArrays();
    }

    @Override
    default StepContext steps() {
        return runs().block().loraContext().steps();
    }

    @Override
    default Penalty penalty() {
        return KasaPenalty.of(runs().block());
    }

    @Override
    default NDList input(NDManager scope, B batch) {
        return runs().input(scope, batch.texts());
    }

    @Override
    default List<Stage> stages() {
        return runs().stages();
    }
}
