/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The tokenizer of a Hugging Face directory as transformers builds it, checked before the native
 * side sees it: which class is meant, what it makes of tokenizer.json and of the settings beside
 * it, and what a hostile file could do.
 */
@NullMarked
package org.lora4j.text.tokenizer;

import org.jspecify.annotations.NullMarked;
