/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * LangChain4j's models, made of lora4j's: {@link org.lora4j.langchain4j.LoraEmbeddingModel}, {@link
 * org.lora4j.langchain4j.LoraScoringModel} and {@link org.lora4j.langchain4j.LoraChatModel}.
 */
@NullMarked
package org.lora4j.langchain4j;

import org.jspecify.annotations.NullMarked;
