/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** The arithmetic by which the tensors of several adapters become those of one. */
@NullMarked
package org.lora4j.djl.combine;

import org.jspecify.annotations.NullMarked;
