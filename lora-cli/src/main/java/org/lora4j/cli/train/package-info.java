/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** A training as the command line runs it: its options, plan, progress, files and report. */
@NullMarked
package org.lora4j.cli.train;

import org.jspecify.annotations.NullMarked;
