/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Qwen 2, 2.5 and 3. */
@NullMarked
package org.lora4j.hf.qwen;

import org.jspecify.annotations.NullMarked;
