/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What the encoder families share, of BERT's kind: embeddings of words and positions, layers that
 * normalise after each sum, a head on the first position. A family is written as its differences.
 */
@NullMarked
package org.lora4j.hf.encoder;

import org.jspecify.annotations.NullMarked;
