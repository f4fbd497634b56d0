/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Merging without a model in memory. Begin with {@link org.lora4j.hf.merge.MergedTensors}. */
@NullMarked
package org.lora4j.hf.merge;

import org.jspecify.annotations.NullMarked;
