/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** A training as a page to read: its curves, its outcome and what it was run with. */
@NullMarked
package org.lora4j.train.report;

import org.jspecify.annotations.NullMarked;
