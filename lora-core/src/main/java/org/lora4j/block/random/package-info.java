/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Random numbers that depend on where they are used and not on when: counter-based draws, dropout
 * masks and the rows of a batch that they are keyed by.
 *
 * <p>Depends on no other package of this module.
 */
@NullMarked
package org.lora4j.block.random;

import org.jspecify.annotations.NullMarked;
