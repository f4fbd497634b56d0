/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.torch.operation.Script;
import org.lora4j.torch.tape.GradientTape;

/**
 * Products with weights, and which kernel multiplies activations by a frozen weight in a training:
 * ATen's choice, or oneDNN's inner product on the plain weight.
 *
 * <p>ATen gives products in float32 to MKL, which takes kernels without AVX-512 on AMD's
 * processors. On those that compute 512 bits at once, Zen 5 and later, oneDNN's take half the time;
 * on Zen 4, whose units have 256 bits, and on Intel's there is no gain, nor is there in 16 bits,
 * where ATen calls oneDNN itself. The choice depends on the processor alone, so that the bits of a
 * training repeat.
 */
final class Products {
    private static final int ZEN_5 = 26;
    private static final Pattern FAMILY = Pattern.compile("(?m)^cpu family\\s*: (\\d{1,6})$");
    private static final Pattern WIDE = Pattern.compile("(?m)^flags\\s*:.* avx512f\\b");
    private static final int FEWEST_ROWS = 32;
    private static final int THINNEST = 64;
    private static final boolean DIRECT_FLOAT32 = prefersDirect(processor());

    private Products() {}

    /** X Wᵀ + b, on the tape where there is one. */
    static NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        GradientTape tape = GradientTape.current();
        if (tape != null) {
            return TapedProducts.linear(tape, x, weight, bias);
        }
        if (weight instanceof PackedWeight packed) {
            return Packing.multiply(
                    packed, x, dense -> Script.DENSE.array("linear", x, dense, bias));
        }
        return Script.DENSE.array("linear", x, weight, bias);
    }

    private static String processor() {
        try {
            return Files.readString(Path.of("/proc/cpuinfo"));
        } catch (IOException e) {
            return ""; // no Linux
        }
    }

    /**
     * Returns whether oneDNN's float32 products are the faster ones.
     *
     * @param cpuinfo what Linux tells of the processor
     */
    static boolean prefersDirect(String cpuinfo) {
        Matcher family = FAMILY.matcher(cpuinfo);
        return cpuinfo.contains("AuthenticAMD")
                && WIDE.matcher(cpuinfo).find()
                && family.find()
                && Integer.parseInt(family.group(1)) >= ZEN_5;
    }

    /** Returns whether oneDNN multiplies, which is slow for thin matrices. */
    static boolean isDirect(NDArray x, NDArray w) {
        return w.getDataType() == DataType.FLOAT32 && isDirect(x, w.getShape());
    }

    /** Returns the same for a weight of x's dtype. */
    static boolean isDirect(NDArray x, Shape weight) {
        return DIRECT_FLOAT32
                && x.getDataType() == DataType.FLOAT32
                && !x.getDevice().isGpu()
                && Math.min(weight.get(0), weight.get(1)) >= THINNEST
                && x.size() >= FEWEST_ROWS * weight.get(1);
    }
}
