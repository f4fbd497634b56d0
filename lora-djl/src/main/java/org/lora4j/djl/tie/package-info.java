/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Adapters of modules that share an array, which train as one. */
@NullMarked
package org.lora4j.djl.tie;

import org.jspecify.annotations.NullMarked;
