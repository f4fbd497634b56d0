/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** ONNX files: a graph that is built, and the tensors of one that exists. */
@NullMarked
package org.lora4j.export.onnx;

import org.jspecify.annotations.NullMarked;
