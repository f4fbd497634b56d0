/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import java.nio.file.Path;
import java.util.List;
import org.lora4j.torch.TensorDtype;

/**
 * A tensor of an ONNX file, whose bytes lie in one piece.
 *
 * @param name its name; that of the node's output where it is a constant
 * @param dtype its precision
 * @param shape its dimensions
 * @param file where its bytes are: the ONNX file, or one beside it
 * @param position their first place in the file
 * @param length how many
 */
record FileTensor(
        String name, TensorDtype dtype, List<Long> shape, Path file, long position, long length) {}
