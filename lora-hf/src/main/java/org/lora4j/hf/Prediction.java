/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.List;

/**
 * What a model says of one text.
 *
 * @param label the label's name; of a regression the number as text
 * @param logits the head's outputs [C]
 */
public record Prediction(String label, List<Float> logits) {
    /** Copies the outputs. */
    public Prediction {
        logits = List.copyOf(logits);
    }
}
