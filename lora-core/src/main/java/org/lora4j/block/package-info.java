/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What the adapted blocks of one tree share, and what they offer.
 *
 * <p>Every block of a tree has the same {@link org.lora4j.block.LoraContext}: the arithmetic, the
 * adapters that are active ({@link org.lora4j.block.ActiveAdapters}) and the step that dropout is
 * counted by ({@link org.lora4j.block.StepContext}). {@link org.lora4j.block.AdaptedLayer} is what
 * a layer with adapters offers; the layers themselves are in {@code org.lora4j.block.layer}.
 * Nothing here needs a particular engine.
 */
@NullMarked
package org.lora4j.block;

import org.jspecify.annotations.NullMarked;
