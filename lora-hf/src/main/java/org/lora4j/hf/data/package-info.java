/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Data sets of the tasks that read tokens: labelled tokens, and questions with their answers. */
@NullMarked
package org.lora4j.hf.data;

import org.jspecify.annotations.NullMarked;
