/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Models that label each token of a text: their batches and their training. */
@NullMarked
package org.lora4j.hf.token;

import org.jspecify.annotations.NullMarked;
