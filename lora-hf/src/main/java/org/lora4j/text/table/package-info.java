/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Tables of labelled texts in TSV, CSV and JSON lines, their labels and targets. */
@NullMarked
package org.lora4j.text.table;

import org.jspecify.annotations.NullMarked;
