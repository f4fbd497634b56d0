/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.nn.Block;

/**
 * A block whose weights with three dimensions are [experts, in, out], and not [experts, out, in]:
 * what transformers says by {@code is_transposed}, as for the experts of gpt-oss and Llama 4.
 * Adapters of such parameters have A [r experts, in] and B [out, r experts] either way.
 */
public interface TransposedExperts extends Block {}
