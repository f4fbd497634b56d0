/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** A parsed template: its statements and expressions, and how they run. */
@NullMarked
package org.lora4j.jinja.tree;

import org.jspecify.annotations.NullMarked;
