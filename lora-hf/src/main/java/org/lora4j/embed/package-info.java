/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Embeddings of texts in use: {@link org.lora4j.embed.TextEmbedder} makes them, {@link
 * org.lora4j.embed.EmbeddingDataset} trains them, {@link org.lora4j.embed.Retrieval} measures them.
 */
@NullMarked
package org.lora4j.embed;

import org.jspecify.annotations.NullMarked;
