/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.optimizer;

/**
 * The numbers of an update rule, apart from its learning rate.
 *
 * @param beta1 AdamW's β₁, in [0, 1)
 * @param beta2 AdamW's β₂, in [0, 1)
 * @param eps AdamW's ε
 * @param weightDecay λ
 */
public record OptimizerSettings(double beta1, double beta2, double eps, double weightDecay) {}
