/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** The ONNX graphs of encoder families. */
@NullMarked
package org.lora4j.export.encoder;

import org.jspecify.annotations.NullMarked;
