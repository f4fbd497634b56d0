/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * DeBERTa-v2 and v3 (He et al. 2020, arXiv:2006.03654, and 2021, arXiv:2111.09543), following
 * transformers' modeling_deberta_v2.py.
 */
@NullMarked
package org.lora4j.hf.deberta;

import org.jspecify.annotations.NullMarked;
