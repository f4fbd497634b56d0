/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * What decoders of Llama's kind share: rotary positions, attention over earlier tokens, gated
 * feed-forward parts.
 */
@NullMarked
package org.lora4j.hf.decoder;

import org.jspecify.annotations.NullMarked;
