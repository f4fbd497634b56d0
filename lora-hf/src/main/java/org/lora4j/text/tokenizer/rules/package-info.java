/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What the tokenizer classes of transformers make of a tokenizer's files: each class's normalizer,
 * pre-tokenizer, decoder and special tokens.
 */
@NullMarked
package org.lora4j.text.tokenizer.rules;

import org.jspecify.annotations.NullMarked;
