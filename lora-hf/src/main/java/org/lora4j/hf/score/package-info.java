/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What the outputs of a classifier or a regression amount to: losses, metrics, predictions. */
@NullMarked
package org.lora4j.hf.score;

import org.jspecify.annotations.NullMarked;
