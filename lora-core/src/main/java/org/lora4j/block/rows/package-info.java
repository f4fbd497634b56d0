/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * How a batch whose texts have adapters of their own is run by a block that knows one selection.
 */
@NullMarked
package org.lora4j.block.rows;

import org.jspecify.annotations.NullMarked;
