/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * PyTorch's own operations, differentiable, from Java: what DJL's interface does not expose.
 *
 * <p>Public classes such as {@link org.lora4j.torch.Torch} document the operations, which are
 * written in TorchScript in the package {@code operation}, and call them by name. Of other packages
 * only its own sub-packages import DJL's PyTorch engine.
 */
@NullMarked
package org.lora4j.torch;

import org.jspecify.annotations.NullMarked;
