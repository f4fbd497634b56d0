/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * How the scores of the next token are changed before one is chosen, as transformers' logits
 * processors do.
 */
@NullMarked
package org.lora4j.generate.score;

import org.jspecify.annotations.NullMarked;
