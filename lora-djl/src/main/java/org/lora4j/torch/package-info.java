/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * PyTorch's own operations, differentiable, from Java: what DJL's interface does not expose.
 *
 * <p>The operations are written in TorchScript, in Python files that lie beside these classes as
 * resources: {@code dense.py}, {@code attention.py} and so on. Public classes such as {@link
 * org.lora4j.torch.Torch} document them and call them by name. No other package imports DJL's
 * PyTorch engine.
 */
@NullMarked
package org.lora4j.torch;

import org.jspecify.annotations.NullMarked;
