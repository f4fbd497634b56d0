/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** The tensors of a training, and copies to restore; for the trainer's own use. */
@NullMarked
package org.lora4j.train.tensors;

import org.jspecify.annotations.NullMarked;
