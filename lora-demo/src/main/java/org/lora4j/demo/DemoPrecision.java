/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.lora4j.torch.TensorDtype;

/**
 * Chooses the precision in which the demonstration's base runs fastest; its file is in bfloat16.
 */
final class DemoPrecision {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Pattern PRODUCTS = Pattern.compile("\\b(avx512_bf16|amx_bf16)\\b");

    private DemoPrecision() {}

    /** Returns BF16 where the processor multiplies in it, else F32. */
    static TensorDtype ofThisMachine() {
        try {
            return of(Files.readString(PROCESSORS));
        } catch (IOException e) {
            return TensorDtype.F32; // no Linux
        }
    }

    /** Reads a processor's features, as Linux lists them. */
    static TensorDtype of(String processors) {
        return PRODUCTS.matcher(processors).find() ? TensorDtype.BF16 : TensorDtype.F32;
    }
}
