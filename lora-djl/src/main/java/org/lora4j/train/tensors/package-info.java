/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** For the trainer's own use: the tensors of a training, and copies to go back to. */
@NullMarked
package org.lora4j.train.tensors;

import org.jspecify.annotations.NullMarked;
