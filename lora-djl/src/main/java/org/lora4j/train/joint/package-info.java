/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Trainings of several adapters at once: one pass forwards and backwards over the shared base, with
 * data, an optimiser and dropouts of its own for each adapter.
 */
@NullMarked
package org.lora4j.train.joint;

import org.jspecify.annotations.NullMarked;
