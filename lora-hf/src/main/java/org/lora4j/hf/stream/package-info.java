/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Data sets that are read from their files while a training runs, in shuffled blocks, instead of
 * being held in memory.
 */
@NullMarked
package org.lora4j.hf.stream;

import org.jspecify.annotations.NullMarked;
