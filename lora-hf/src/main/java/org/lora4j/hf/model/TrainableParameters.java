/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import java.util.Locale;

/**
 * How much of a model trains. Each real parameter is counted once: a head that an adapter trains a
 * copy of counts as its copy.
 *
 * @param trainable how many numbers train
 * @param all how many there are, adapters included
 */
public record TrainableParameters(long trainable, long all) {
    /** Returns the share of parameters that train, in percent. */
    public double percent() {
        return all == 0 ? 0 : 100.0 * trainable / all;
    }

    /** Returns the line that PEFT prints. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "trainable params: %,d || all params: %,d || trainable%%: %.4f",
                trainable,
                all,
                percent());
    }
}
