/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * PyTorch's own operations, with autograd, from Java: what DJL's surface does not expose.
 *
 * <p>The operations are written in TorchScript, in Python files that lie beside these classes as
 * resources: {@code dense.py}, {@code attention.py} and so on. An interface such as DenseScript
 * declares those that Java calls, and public classes such as {@link org.lora4j.torch.Torch} say
 * what they compute. With {@code org.lora4j.torchscript}, the only package that imports DJL's
 * PyTorch engine.
 */
@NullMarked
package org.lora4j.torch;

import org.jspecify.annotations.NullMarked;
