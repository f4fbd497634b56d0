/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * A training about to begin.
 *
 * @param config its configuration
 * @param totalSteps the steps it will take unless it stops early
 * @param trainableParameters how many numbers are trained
 */
public record TrainingStart(LoraTrainingConfig config, int totalSteps, long trainableParameters) {}
