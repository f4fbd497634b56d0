/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What templates call by name: filters, tests, global functions, and methods of values. */
@NullMarked
package org.lora4j.jinja.builtin;

import org.jspecify.annotations.NullMarked;
