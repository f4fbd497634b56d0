/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Gemma 2. */
@NullMarked
package org.lora4j.hf.gemma;

import org.jspecify.annotations.NullMarked;
