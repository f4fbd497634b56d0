/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** GGUF files, as ggml's docs/gguf.md describes them. */
@NullMarked
package org.lora4j.export.gguf;

import org.jspecify.annotations.NullMarked;
