/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import org.jspecify.annotations.Nullable;

/**
 * The names of an attention's linear layers.
 *
 * @param query makes the queries
 * @param key makes the keys
 * @param value makes the values
 * @param output projects what was attended to; null where the model has that layer elsewhere
 */
public record AttentionNames(String query, String key, String value, @Nullable String output) {}
