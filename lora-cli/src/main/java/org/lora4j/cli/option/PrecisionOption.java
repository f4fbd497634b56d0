/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Arrays;
import java.util.Locale;
import org.lora4j.torch.TensorDtype;
import picocli.CommandLine.Option;

/** The precision of a base while it is trained or run. */
public final class PrecisionOption {
    @Option(
            names = "--dtype",
            paramLabel = "f32|bf16",
            defaultValue = "f32",
            description =
                    "Precision of the base's weights and activations, whatever the checkpoint has;"
                            + " bf16 takes half the memory. Adapters are f32 in any case.")
    private TensorDtype dtype;

    /**
     * Returns the precision.
     *
     * @throws IllegalArgumentException if it is neither F32 nor BF16
     */
    public TensorDtype dtype() {
        return require(dtype, TensorDtype.F32, TensorDtype.BF16);
    }

    /** Checks that a precision is one of those known. */
    public static TensorDtype require(TensorDtype dtype, TensorDtype... known) {
        if (!Arrays.asList(known).contains(dtype)) {
            throw new IllegalArgumentException(
                    "--dtype is %s; expected one of %s"
                            .formatted(dtype, Arrays.toString(known))
                            .toLowerCase(Locale.ROOT));
        }
        return dtype;
    }
}
