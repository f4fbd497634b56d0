/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** BERT (Devlin et al. 2018, arXiv:1810.04805), following transformers' modeling_bert.py. */
@NullMarked
package org.lora4j.hf.bert;

import org.jspecify.annotations.NullMarked;
