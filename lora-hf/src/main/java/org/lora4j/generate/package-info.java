/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Text from a language model: what to draw a token by, when to stop, and how tokens become text as
 * they come.
 */
@NullMarked
package org.lora4j.generate;

import org.jspecify.annotations.NullMarked;
