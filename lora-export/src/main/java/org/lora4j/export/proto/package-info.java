/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Protocol buffers' wire format, as far as ONNX and SentencePiece files need it. */
@NullMarked
package org.lora4j.export.proto;

import org.jspecify.annotations.NullMarked;
