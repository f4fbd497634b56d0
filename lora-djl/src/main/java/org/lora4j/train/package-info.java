/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Training in Java: the trainer, what it needs of a model ({@link org.lora4j.train.TrainingTask})
 * and of data ({@link org.lora4j.train.BatchSource}), its configuration, schedules and listeners.
 */
@NullMarked
package org.lora4j.train;

import org.jspecify.annotations.NullMarked;
