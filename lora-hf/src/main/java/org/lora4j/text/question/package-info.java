/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Questions about contexts: their files, windows of long contexts, the answers that outputs stand
 * for, and how they are scored.
 */
@NullMarked
package org.lora4j.text.question;

import org.jspecify.annotations.NullMarked;
