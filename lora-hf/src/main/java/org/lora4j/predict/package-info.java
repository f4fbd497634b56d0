/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** What trained models say of texts, as a program reads it: entities, labels, scores, answers. */
@NullMarked
package org.lora4j.predict;

import org.jspecify.annotations.NullMarked;
