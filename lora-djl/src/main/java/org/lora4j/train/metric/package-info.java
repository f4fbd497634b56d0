/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Quality on validation data: predictions, the metrics computed from them, and their results. */
@NullMarked
package org.lora4j.train.metric;

import org.jspecify.annotations.NullMarked;
