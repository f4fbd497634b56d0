/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Training with DJL's own classes. {@link org.lora4j.djl.training.DjlTraining} lets {@link
 * org.lora4j.train.LoraTrainer} use DJL's data sets, losses, evaluators and listeners; {@link
 * org.lora4j.djl.training.AdapterCheckpoints} saves the adapter while DJL's Trainer trains it.
 */
@NullMarked
package org.lora4j.djl.training;

import org.jspecify.annotations.NullMarked;
