/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The arithmetic of low-rank corrections behind one interface, with an implementation in DJL's
 * array operations; the module lora-djl has one on PyTorch's own operations.
 *
 * <p>Depends on no other package of this module.
 */
@NullMarked
package org.lora4j.block.kernels;

import org.jspecify.annotations.NullMarked;
