/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** A loaded model: its blocks, weights and files, who uses them, and how it is saved. */
@NullMarked
package org.lora4j.hf.base;

import org.jspecify.annotations.NullMarked;
