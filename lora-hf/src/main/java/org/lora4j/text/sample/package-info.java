/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Samples for language models: chats, prompts with completions, instructions and plain texts, read
 * from JSON lines and encoded.
 */
@NullMarked
package org.lora4j.text.sample;

import org.jspecify.annotations.NullMarked;
