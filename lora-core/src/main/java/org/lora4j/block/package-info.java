/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The LoRA blocks: frozen weights with trainable low-rank corrections, as DJL blocks.
 *
 * <p>Every block of a tree shares one {@link org.lora4j.block.LoraContext}: the arithmetic ({@link
 * org.lora4j.block.LoraKernels}), the adapters that are active ({@link
 * org.lora4j.block.ActiveAdapters}) and the step that dropout is counted by ({@link
 * org.lora4j.block.StepContext}). Nothing here needs a particular engine.
 */
@NullMarked
package org.lora4j.block;

import org.jspecify.annotations.NullMarked;
