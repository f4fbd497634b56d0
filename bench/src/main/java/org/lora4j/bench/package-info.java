/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Benchmarks of the arithmetic, one class for each question. */
@NullMarked
package org.lora4j.bench;

import org.jspecify.annotations.NullMarked;
