/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Frozen weights: the blocks that hold them, how they are read, loaded and replaced in one forward
 * pass, and what trained before they were frozen.
 *
 * <p>A weight in fewer bits is a {@link org.lora4j.block.weight.PackedWeight} in the place of the
 * weight's array. To add another storage, add a subclass, and what packs and unpacks it to the
 * engine's kernels; {@link org.lora4j.block.weight.FrozenBase}, which alone gives a weight's
 * numbers to merge with, refuses it.
 */
@NullMarked
package org.lora4j.block.weight;

import org.jspecify.annotations.NullMarked;
