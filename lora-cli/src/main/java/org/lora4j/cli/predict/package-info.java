/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What models make of the rows of a file. */
@NullMarked
package org.lora4j.cli.predict;

import org.jspecify.annotations.NullMarked;
