/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What a training adds to the loss of its batches, from what it trains alone. */
@NullMarked
package org.lora4j.train.penalty;

import org.jspecify.annotations.NullMarked;
