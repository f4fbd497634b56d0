/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Lines of text files: decoded strictly, counted, indexed in blocks, and what becomes of bad ones.
 */
@NullMarked
package org.lora4j.text.lines;

import org.jspecify.annotations.NullMarked;
