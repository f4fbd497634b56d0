/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.ndarray.types.Shape;
import org.lora4j.torch.TensorDtype;

/**
 * What a safetensors header says of one tensor, checked against the file.
 *
 * @param dtype the element type
 * @param shape the dimensions, row-major; empty for a scalar
 * @param offset where the data begins, in bytes from the start of the data section
 * @param byteSize how many bytes the data takes
 */
public record TensorInfo(TensorDtype dtype, Shape shape, long offset, long byteSize) {}
