/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Text and JSON for the terminal, and an orderly end when a command is interrupted. */
@NullMarked
package org.lora4j.cli.terminal;

import org.jspecify.annotations.NullMarked;
