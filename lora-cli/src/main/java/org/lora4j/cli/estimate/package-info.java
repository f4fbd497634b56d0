/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What a training will need: its options, and how they and the data make its batches. */
@NullMarked
package org.lora4j.cli.estimate;

import org.jspecify.annotations.NullMarked;
