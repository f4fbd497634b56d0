/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What a pass reads of the adapters of a tree: the adapters by name, a selection whose names were
 * looked up, and the count of readers that keeps an adapter in memory.
 *
 * <p>For lora4j's own modules.
 */
@NullMarked
package org.lora4j.block.pass;

import org.jspecify.annotations.NullMarked;
