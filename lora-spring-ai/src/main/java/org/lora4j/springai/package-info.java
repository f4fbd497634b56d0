/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Spring AI's models, made of lora4j's: {@link org.lora4j.springai.LoraEmbeddingModel} and {@link
 * org.lora4j.springai.LoraChatModel}.
 */
@NullMarked
package org.lora4j.springai;

import org.jspecify.annotations.NullMarked;
