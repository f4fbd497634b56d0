/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** How the state of a training is written to disk and read again; for the trainer's own use. */
@NullMarked
package org.lora4j.train.state;

import org.jspecify.annotations.NullMarked;
