/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Models that find the part of a text that answers a question: their batches and training. */
@NullMarked
package org.lora4j.hf.span;

import org.jspecify.annotations.NullMarked;
