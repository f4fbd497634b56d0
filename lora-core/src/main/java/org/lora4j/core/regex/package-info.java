/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Patterns in Python's syntax that run on Java's engine in a bounded number of steps. */
@NullMarked
package org.lora4j.core.regex;

import org.jspecify.annotations.NullMarked;
