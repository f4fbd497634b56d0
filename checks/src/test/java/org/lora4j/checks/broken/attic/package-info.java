/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Breaks rules, so that a test can see them fail. */
@NullMarked
package org.lora4j.checks.broken.attic;

import org.jspecify.annotations.NullMarked;
