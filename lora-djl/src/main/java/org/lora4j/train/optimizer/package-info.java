/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Update rules: {@link org.lora4j.train.optimizer.Optimizer} and the rules that come with it. */
@NullMarked
package org.lora4j.train.optimizer;

import org.jspecify.annotations.NullMarked;
