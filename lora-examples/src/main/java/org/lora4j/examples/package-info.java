/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Short programs, each one main, each run by a test. */
@NullMarked
package org.lora4j.examples;

import org.jspecify.annotations.NullMarked;
