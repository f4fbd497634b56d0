/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * What a batch of validation data gave.
 *
 * @param lossSum the sum of the loss terms
 * @param count the number of loss terms
 * @param predictions what was predicted, in the order of the batch
 */
public record Evaluation(double lossSum, long count, Predictions predictions) {}
