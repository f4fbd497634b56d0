/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Gradients of a forward pass that is run in segments, such as a model's layers. A segment whose
 * operations have derivatives of their own is recorded on a tape; the others leave it to autograd.
 *
 * <p>For lora4j's own modules.
 */
@NullMarked
package org.lora4j.torch.gradient;

import org.jspecify.annotations.NullMarked;
