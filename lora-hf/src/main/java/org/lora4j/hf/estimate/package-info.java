/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What a training will need in memory and time, before its model is loaded. */
@NullMarked
package org.lora4j.hf.estimate;

import org.jspecify.annotations.NullMarked;
