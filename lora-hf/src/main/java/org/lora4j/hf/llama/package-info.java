/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Llama 1 to 3 (Touvron et al. 2023, arXiv:2302.13971), following transformers' modeling_llama.py.
 */
@NullMarked
package org.lora4j.hf.llama;

import org.jspecify.annotations.NullMarked;
