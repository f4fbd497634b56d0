/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Reverse-mode differentiation of operations whose derivatives are written by hand.
 *
 * <p>A {@link org.lora4j.torch.tape.GradientTape} takes the place of autograd's graph. Each
 * operation that can be recorded says which arrays its derivative reads, and how to compute one of
 * them again rather than keep it.
 *
 * <p>For lora4j's own modules.
 */
@NullMarked
package org.lora4j.torch.tape;

import org.jspecify.annotations.NullMarked;
