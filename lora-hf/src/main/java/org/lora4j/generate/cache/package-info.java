/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The keys and values that a generation keeps of each layer, and how a sequence is read into them.
 */
@NullMarked
package org.lora4j.generate.cache;

import org.jspecify.annotations.NullMarked;
