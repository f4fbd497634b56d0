/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** A tokenizer as llama.cpp reads it from a GGUF file. */
@NullMarked
package org.lora4j.export.words;

import org.jspecify.annotations.NullMarked;
