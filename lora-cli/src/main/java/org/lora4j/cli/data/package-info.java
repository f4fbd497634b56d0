/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Data files: their options, how they are read, and what is reported about them. */
@NullMarked
package org.lora4j.cli.data;

import org.jspecify.annotations.NullMarked;
