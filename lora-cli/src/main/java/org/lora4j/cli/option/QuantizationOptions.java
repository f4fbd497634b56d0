/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Quantization;
import picocli.CommandLine.Option;

/** In how few bits the base's linear layers are held. */
public final class QuantizationOptions {
    /** The names of the options. */
    public static final List<String> NAMES =
            List.of("--load-in-4bit", "--load-in-8bit", "--nested-quant", "--keep-in-full");

    @Option(
            names = "--load-in-4bit",
            description =
                    "Hold the base's linear layers in 4 bits, nf4 as bitsandbytes has it (QLoRA).")
    private boolean four;

    @Option(
            names = "--load-in-8bit",
            description =
                    "Hold the base's linear layers in 8 bits, a scale for each row (LLM.int8()"
                            + " without its outliers).")
    private boolean eight;

    @Option(
            names = "--nested-quant",
            paramLabel = "on|off",
            description =
                    "Whether --load-in-4bit packs the scales too, into 8 bits; on unless given.")
    private @Nullable Switch nested;

    @Option(
            names = "--keep-in-full",
            paramLabel = "NAMES",
            description =
                    "Linear layers that --load-in-4bit and --load-in-8bit leave as they are, as"
                            + " llm_int8_skip_modules. Modules that train whole always are.")
    private @Nullable String kept;

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if they contradict each other
     */
    public void check() {
        if (four && eight) {
            throw new IllegalArgumentException(
                    "--load-in-4bit and --load-in-8bit exclude each other");
        }
        if (nested != null && !four) {
            throw new IllegalArgumentException("--nested-quant needs --load-in-4bit");
        }
        if (kept != null && !isOn()) {
            throw new IllegalArgumentException(
                    "--keep-in-full needs --load-in-4bit or --load-in-8bit");
        }
        quantization(List.of());
    }

    /** Returns whether the base is to be packed. */
    public boolean isOn() {
        return four || eight;
    }

    /**
     * Returns how the base is packed, or null if it is not.
     *
     * @param whole modules that train whole
     */
    public @Nullable Quantization quantization(List<String> whole) {
        if (!isOn()) {
            return null;
        }
        Quantization chosen = four ? Quantization.nf4() : Quantization.int8();
        if (nested == Switch.off) {
            chosen = chosen.withDoubleQuantization(false);
        }
        List<String> names =
                kept == null
                        ? List.of()
                        : Arrays.stream(kept.split(","))
                                .map(String::strip)
                                .filter(name -> !name.isEmpty())
                                .toList();
        return chosen.withSkipped(names).withWhole(whole);
    }
}
