/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What llama.cpp calls the parts, the settings and the tokens of decoder families. */
@NullMarked
package org.lora4j.export.decoder;

import org.jspecify.annotations.NullMarked;
