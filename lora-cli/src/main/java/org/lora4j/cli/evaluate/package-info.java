/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What is measured of a model, and what it predicts, by its task. */
@NullMarked
package org.lora4j.cli.evaluate;

import org.jspecify.annotations.NullMarked;
