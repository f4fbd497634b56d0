/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Scales with few round ticks, means that do not lag, and line charts as SVG. */
@NullMarked
package org.lora4j.train.chart;

import org.jspecify.annotations.NullMarked;
