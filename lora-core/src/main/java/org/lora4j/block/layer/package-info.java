/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The adapted layers: each stands in the place of a DJL block, which stays inside it, frozen and
 * unchanged.
 */
@NullMarked
package org.lora4j.block.layer;

import org.jspecify.annotations.NullMarked;
