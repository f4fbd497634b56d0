/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Embeddings of texts: how an encoder's hidden states become one vector, the losses that it learns
 * by, and the files in which sentence-transformers keeps this.
 */
@NullMarked
package org.lora4j.hf.embed;

import org.jspecify.annotations.NullMarked;
