/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Frozen weights: the blocks that hold them, how they are read, loaded and replaced in one forward
 * pass, and what trained before they were frozen.
 *
 * <p>To add another storage of weights, such as 4 bits, write a {@link
 * org.lora4j.block.weight.LoadedLinear} that multiplies by it, and let {@link
 * org.lora4j.block.weight.FrozenBase}, which alone gives an adapted weight's numbers to merge with,
 * unpack them.
 */
@NullMarked
package org.lora4j.block.weight;

import org.jspecify.annotations.NullMarked;
