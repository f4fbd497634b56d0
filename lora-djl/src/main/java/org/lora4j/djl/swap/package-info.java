/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** How blocks are exchanged for others wherever a tree holds them, by reflection. */
@NullMarked
package org.lora4j.djl.swap;

import org.jspecify.annotations.NullMarked;
