/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** The event files that TensorBoard reads: framing, checksums and the few messages of a log. */
@NullMarked
package org.lora4j.train.tensorboard;

import org.jspecify.annotations.NullMarked;
