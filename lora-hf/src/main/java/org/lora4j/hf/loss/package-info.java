/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The loss of language models, computed in pieces so that the logits of a whole batch never exist
 * at once.
 */
@NullMarked
package org.lora4j.hf.loss;

import org.jspecify.annotations.NullMarked;
