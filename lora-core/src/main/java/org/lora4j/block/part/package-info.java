/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What adapters have on a block beside low-rank pairs and copies of parameters: rows of tokens, and
 * vectors that rescale a layer, soft prompts.
 */
@NullMarked
package org.lora4j.block.part;

import org.jspecify.annotations.NullMarked;
