/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Trainings of adapters with several settings at once, and what is told of them. */
@NullMarked
package org.lora4j.cli.sweep;

import org.jspecify.annotations.NullMarked;
