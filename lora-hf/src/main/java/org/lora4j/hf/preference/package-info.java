/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Training by preferences: direct preference optimisation (DPO) with the base as the reference.
 *
 * <p>Follows TRL's DPOTrainer.
 */
@NullMarked
package org.lora4j.hf.preference;

import org.jspecify.annotations.NullMarked;
