/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The adapter that a model serves with.
 *
 * @param version 0 for none, 1 for the first, one more with each replacement
 * @param directory where it was loaded from, or null for none
 * @param since when it came to serve
 */
public record ServedAdapter(int version, @Nullable Path directory, Instant since) {}
