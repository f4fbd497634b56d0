/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.core.variant.LoraVariant.BlockDiagonal;
import org.lora4j.core.variant.LoraVariant.Velora;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Which variant the options of a new adapter ask for. */
@Tag("once-per-jdk")
final class VariantOptionsTest {
    @Command
    private static final class Given {
        @Mixin private LoraOptions lora;
    }

    private static LoraVariant variant(String... arguments) {
        Given given = new Given();
        CommandLine command = new CommandLine(given);
        Choices.register(command);
        command.parseArgs(arguments);
        return given.lora.config(0).variant();
    }

    @Test
    void eachVariantHasItsOptions() {
        assertThat(variant()).isEqualTo(LoraVariant.plain());
        assertThat(variant("--kasa")).isEqualTo(new LoraVariant.Kasa());
        assertThat(variant("--invocation-tokens", "5,3"))
                .isEqualTo(new LoraVariant.Activated(List.of(5, 3)));
        assertThat(
                        variant(
                                "--target-modules-bd-a",
                                "o_proj",
                                "--target-modules-bd-b",
                                "q_proj,up",
                                "--nblocks",
                                "2"))
                .isEqualTo(new BlockDiagonal(List.of("o_proj"), List.of("q_proj", "up"), 2, false));
        assertThat(variant("--velora-groups", "9"))
                .isEqualTo(new Velora(9, 1, Velora.Direction.BATCH_AVERAGE));
        assertThat(
                        variant(
                                "--velora-groups",
                                "9",
                                "--velora-scale",
                                "0.5",
                                "--velora-init",
                                "batch_average_once"))
                .isEqualTo(new Velora(9, 0.5, Velora.Direction.BATCH_AVERAGE_ONCE));
    }

    @Test
    void partsOfAVariantAndSeveralAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> variant("--nblocks", "2"))
                .withMessageContaining("--target-modules-bd-a");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> variant("--target-modules-bd-a", "o_proj"))
                .withMessageContaining("expect --nblocks");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> variant("--velora-init", "random"))
                .withMessageContaining("expect --velora-groups");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> variant("--kasa", "--velora-groups", "4"))
                .withMessageContaining("[KaSA, VeLoRA]");
    }
}
