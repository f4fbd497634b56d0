/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Watching a training: listeners that write a table, a log in JSON, event files for TensorBoard, or
 * lines of the program's own log.
 */
@NullMarked
package org.lora4j.train.listener;

import org.jspecify.annotations.NullMarked;
