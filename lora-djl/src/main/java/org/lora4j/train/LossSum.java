/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;

/**
 * The loss of a batch before it is averaged.
 *
 * @param sum the sum of the loss terms, one float32 or float64 element
 * @param count the number of terms, equal to {@link TrainingBatch#count()}
 */
public record LossSum(NDArray sum, long count) {}
