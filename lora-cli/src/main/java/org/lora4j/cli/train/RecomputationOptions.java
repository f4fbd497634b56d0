/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.train.Recomputation;
import picocli.CommandLine.Option;

/** Which layers are computed again in the backward pass, to use less memory. */
public final class RecomputationOptions {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)([kmgt]?)b?");
    private static final String UNITS = "kmgt";

    @Option(
            names = "--checkpoint-layers",
            paramLabel = "none|all|N|auto",
            description =
                    "Layers that are computed again in the backward pass instead of kept: none,"
                        + " all, the first N, or as many as --memory asks for. The result is the"
                        + " same to the bit; each costs one more forward pass of the layer.")
    private @Nullable String layers;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "The memory that the process should keep within, such as 6g: layers are"
                            + " computed again as soon as what is kept would exceed it.")
    private @Nullable String memory;

    /**
     * Returns the choice.
     *
     * @throws IllegalArgumentException if the options cannot be read or contradict each other
     */
    public Recomputation choice() {
        boolean automatic = layers == null ? memory != null : layers.equals("auto");
        if (automatic) {
            if (memory == null) {
                throw new IllegalArgumentException(
                        "--checkpoint-layers auto needs a budget; expected --memory SIZE beside it,"
                                + " such as --memory 6g");
            }
            return Recomputation.within(bytes(memory));
        }
        if (memory != null) {
            throw new IllegalArgumentException(
                    ("--memory %s with --checkpoint-layers %s; expected --memory with"
                                    + " --checkpoint-layers auto or alone")
                            .formatted(memory, layers));
        }
        if (layers == null || layers.equals("none")) {
            return Recomputation.none();
        }
        if (layers.equals("all")) {
            return Recomputation.all();
        }
        if (!layers.matches("\\d{1,6}")) {
            throw new IllegalArgumentException(
                    "--checkpoint-layers " + layers + "; expected none, all, auto or a number");
        }
        return Recomputation.first(Integer.parseInt(layers));
    }

    private static long bytes(String size) {
        Matcher matcher = SIZE.matcher(size.toLowerCase(Locale.ROOT));
        double number = matcher.matches() ? Double.parseDouble(matcher.group(1)) : 0;
        if (number > 0) {
            int power = 1 + UNITS.indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
            double bytes = number * Math.pow(1024, power);
            if (bytes >= 1 && bytes < Long.MAX_VALUE) {
                return (long) bytes;
            }
        }
        throw new IllegalArgumentException(
                "--memory " + size + "; expected a number of bytes, or one with k, m, g or t");
    }
}
