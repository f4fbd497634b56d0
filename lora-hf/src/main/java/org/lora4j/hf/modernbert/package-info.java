/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * ModernBERT (Warner et al. 2024, arXiv:2412.13663), following transformers'
 * modeling_modernbert.py.
 */
@NullMarked
package org.lora4j.hf.modernbert;

import org.jspecify.annotations.NullMarked;
