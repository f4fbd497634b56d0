/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** The files and directories that commands write. */
@NullMarked
package org.lora4j.cli.file;

import org.jspecify.annotations.NullMarked;
