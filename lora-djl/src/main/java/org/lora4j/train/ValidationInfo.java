/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import org.lora4j.train.metric.EvaluationMetrics;

/**
 * A validation during a training.
 *
 * @param step the steps taken before it
 * @param epoch the pass over the data, from 1
 * @param metrics what it found
 * @param best whether it is the best so far
 */
public record ValidationInfo(int step, int epoch, EvaluationMetrics metrics, boolean best) {}
