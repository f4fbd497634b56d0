/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * DJL's data sets, losses, evaluators and listeners in {@link org.lora4j.train.LoraTrainer}, by
 * {@link org.lora4j.djl.training.DjlTraining}, and adapters in DJL's own Trainer, by {@link
 * org.lora4j.djl.training.AdapterCheckpoints}.
 */
@NullMarked
package org.lora4j.djl.training;

import org.jspecify.annotations.NullMarked;
