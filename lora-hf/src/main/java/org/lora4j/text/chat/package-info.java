/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Conversations: read, rendered by a model's chat template, and encoded with the tokens of the
 * assistant marked.
 */
@NullMarked
package org.lora4j.text.chat;

import org.jspecify.annotations.NullMarked;
