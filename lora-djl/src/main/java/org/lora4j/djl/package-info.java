/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** LoRA for models made of DJL blocks. Begin at {@link org.lora4j.djl.Lora}. */
@NullMarked
package org.lora4j.djl;

import org.jspecify.annotations.NullMarked;
