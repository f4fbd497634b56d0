/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.variant.LoraVariant;
import picocli.CommandLine.Option;

/** Which variant of LoRA a new adapter is. */
final class VariantOptions {
    /** The names of the options. */
    static final List<String> NAMES =
            List.of(
                    "--invocation-tokens",
                    "--kasa",
                    "--target-modules-bd-a",
                    "--target-modules-bd-b",
                    "--nblocks",
                    "--velora-groups",
                    "--velora-scale",
                    "--velora-init");

    @Option(
            names = "--invocation-tokens",
            split = ",",
            paramLabel = "ID",
            description =
                    "Let the adapter act from the last occurrence of these tokens on, and the base"
                            + " before (aLoRA).")
    private @Nullable List<Integer> invocation;

    @Option(
            names = "--kasa",
            description =
                    "Leave out what the smallest singular values of the weights make, and train"
                            + " singular values beside A and B (KaSA).")
    private boolean kasa;

    @Option(
            names = "--target-modules-bd-a",
            split = ",",
            paramLabel = "NAMES",
            description =
                    "The targets whose A is block-diagonal (BD-LoRA), by parts of their paths;"
                            + " with --nblocks.")
    private @Nullable List<String> ofA;

    @Option(
            names = "--target-modules-bd-b",
            split = ",",
            paramLabel = "NAMES",
            description = "The targets whose B is block-diagonal; with --nblocks.")
    private @Nullable List<String> ofB;

    @Option(
            names = "--nblocks",
            paramLabel = "N",
            description =
                    "How many blocks these matrices have. Targets that neither option names are"
                            + " plain.")
    private @Nullable Integer blocks;

    @Option(
            names = "--velora-groups",
            paramLabel = "N",
            description =
                    "Compress what the gradient of A reads of an input to one number for each of N"
                            + " groups (VeLoRA).")
    private @Nullable Integer groups;

    @Option(
            names = "--velora-scale",
            paramLabel = "C",
            description = "What the compressed inputs are multiplied by; 1 unless given.")
    private @Nullable Double scale;

    @Option(
            names = "--velora-init",
            paramLabel = "batch_average|batch_average_once|random",
            description =
                    "The direction that is kept of each group: the mean of a batch, that of the"
                            + " first batch, or a random one; batch_average unless given.")
    private LoraVariant.Velora.@Nullable Direction direction;

    /**
     * Returns the variant.
     *
     * @throws IllegalArgumentException if the options ask for several, or for a part of one
     */
    LoraVariant variant() {
        List<LoraVariant> asked = new ArrayList<>();
        if (invocation != null) {
            asked.add(new LoraVariant.Activated(invocation));
        }
        if (kasa) {
            asked.add(new LoraVariant.Kasa());
        }
        boolean named = ofA != null || ofB != null;
        if (named != (blocks != null)) {
            throw new IllegalArgumentException(
                    named
                            ? "--target-modules-bd-a and --target-modules-bd-b expect --nblocks"
                            : "--nblocks expects --target-modules-bd-a or --target-modules-bd-b");
        }
        if (blocks != null) {
            asked.add(new LoraVariant.BlockDiagonal(orNone(ofA), orNone(ofB), blocks, false));
        }
        if (groups != null) {
            asked.add(
                    new LoraVariant.Velora(
                            groups,
                            scale == null ? 1 : scale,
                            direction == null
                                    ? LoraVariant.Velora.Direction.BATCH_AVERAGE
                                    : direction));
        } else if (scale != null || direction != null) {
            throw new IllegalArgumentException(
                    "--velora-scale and --velora-init expect --velora-groups");
        }
        if (asked.size() > 1) {
            throw new IllegalArgumentException(
                    "an adapter is of one variant of LoRA, and the options ask for "
                            + asked.stream().map(LoraVariant::title).toList());
        }
        return asked.isEmpty() ? LoraVariant.plain() : asked.get(0);
    }

    private static List<String> orNone(@Nullable List<String> names) {
        return names == null ? List.of() : names;
    }
}
