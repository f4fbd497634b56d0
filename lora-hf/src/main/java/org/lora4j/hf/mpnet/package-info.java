/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** MPNet (Song et al. 2020, arXiv:2004.09297), following transformers' modeling_mpnet.py. */
@NullMarked
package org.lora4j.hf.mpnet;

import org.jspecify.annotations.NullMarked;
