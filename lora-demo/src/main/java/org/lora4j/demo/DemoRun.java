/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.train.LoraTrainingResult;

/**
 * A training of the demonstration, and its results.
 *
 * @param method the way
 * @param directory where the adapter or model was saved
 * @param parameters how many weights there are and how many trained
 * @param training how it went
 * @param before which of the unseen addresses the base reads exactly
 * @param after which of them the trained model does
 * @param test the same of the user's addresses, if there are any
 */
public record DemoRun(
        Method method,
        Path directory,
        TrainableParameters parameters,
        LoraTrainingResult training,
        List<Boolean> before,
        List<Boolean> after,
        @Nullable List<Boolean> test) {

    /** What trains. */
    public enum Method {
        /** An adapter. */
        LORA,
        /** Every weight. */
        FULL
    }
}
