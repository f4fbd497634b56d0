/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Tiny models with random weights, for the tests of several modules; never deployed. */
@NullMarked
package org.lora4j.testkit;

import org.jspecify.annotations.NullMarked;
