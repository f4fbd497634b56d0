/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Rotary position embeddings: the frequencies of each scaling that transformers knows. */
@NullMarked
package org.lora4j.hf.rotary;

import org.jspecify.annotations.NullMarked;
