/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * PyTorch as DJL's engine: whether the artifacts on the class path fit together, its start, and its
 * threads.
 */
@NullMarked
package org.lora4j.torch.engine;

import org.jspecify.annotations.NullMarked;
