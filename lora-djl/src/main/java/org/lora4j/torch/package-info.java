/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * PyTorch's own operations, with autograd, from Java: what DJL's surface does not expose. With
 * {@code org.lora4j.torchscript}, the only package that imports DJL's PyTorch engine.
 */
@NullMarked
package org.lora4j.torch;

import org.jspecify.annotations.NullMarked;
