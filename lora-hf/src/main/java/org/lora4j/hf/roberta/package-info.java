/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * RoBERTa (Liu et al. 2019, arXiv:1907.11692) and the models of its architecture, XLM-RoBERTa and
 * CamemBERT, following transformers' modeling_roberta.py.
 */
@NullMarked
package org.lora4j.hf.roberta;

import org.jspecify.annotations.NullMarked;
