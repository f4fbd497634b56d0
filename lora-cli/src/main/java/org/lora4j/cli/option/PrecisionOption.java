/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import org.jspecify.annotations.Nullable;
import org.lora4j.safetensors.TensorDtype;
import picocli.CommandLine.Option;

/** In what precision a base is held while it is trained or run. */
public final class PrecisionOption {
    /** Precisions by the names of the command line. */
    enum Precision {
        f32(TensorDtype.F32),
        bf16(TensorDtype.BF16);

        private final TensorDtype dtype;

        Precision(TensorDtype dtype) {
            this.dtype = dtype;
        }
    }

    @Option(
            names = "--dtype",
            paramLabel = "f32|bf16",
            defaultValue = "f32",
            description =
                    "Precision of the base's weights and activations, whatever the checkpoint has;"
                            + " bf16 takes half the memory. Adapters are f32 in any case.")
    private @Nullable Precision precision;

    public TensorDtype dtype() {
        return precision == null ? TensorDtype.F32 : precision.dtype;
    }
}
