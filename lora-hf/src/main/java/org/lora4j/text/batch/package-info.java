/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Sequences of tokens, how they are put together into batches, packed or padded, and the order in
 * which an epoch takes them.
 */
@NullMarked
package org.lora4j.text.batch;

import org.jspecify.annotations.NullMarked;
