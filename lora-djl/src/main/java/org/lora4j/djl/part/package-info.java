/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Finds where an adapter has what is neither a low-rank pair nor a copy: rows of tokens, and
 * vectors that rescale layers.
 */
@NullMarked
package org.lora4j.djl.part;

import org.jspecify.annotations.NullMarked;
