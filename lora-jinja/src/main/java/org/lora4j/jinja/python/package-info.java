/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What Python does with its values: operators, comparison, slices, texts, numbers, printing. */
@NullMarked
package org.lora4j.jinja.python;

import org.jspecify.annotations.NullMarked;
