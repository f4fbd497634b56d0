/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * DistilBERT (Sanh et al. 2019, arXiv:1910.01108), following transformers' modeling_distilbert.py.
 */
@NullMarked
package org.lora4j.hf.distilbert;

import org.jspecify.annotations.NullMarked;
