/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** The state of a training on disk, from which it goes on after its process has ended. */
@NullMarked
package org.lora4j.train.checkpoint;

import org.jspecify.annotations.NullMarked;
