/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.train.Recomputation;
import picocli.CommandLine;

final class RecomputationOptionsTest {
    @CommandLine.Command
    static final class Holder {
        @CommandLine.Mixin final RecomputationOptions options = new RecomputationOptions();
    }

    private static Recomputation choice(String... arguments) {
        Holder holder = new Holder();
        new CommandLine(holder).parseArgs(arguments);
        return holder.options.choice();
    }

    @Test
    void layersAreNoneAllOrANumber() {
        assertThat(choice()).isEqualTo(Recomputation.none());
        assertThat(choice("--checkpoint-layers", "none")).isEqualTo(Recomputation.none());
        assertThat(choice("--checkpoint-layers", "all")).isEqualTo(Recomputation.all());
        assertThat(choice("--checkpoint-layers", "7")).isEqualTo(Recomputation.first(7));
    }

    @ParameterizedTest
    @CsvSource({
        "6g, 6442450944",
        "6GB, 6442450944",
        "1.5m, 1572864",
        "512k, 524288",
        "2t, 2199023255552",
        "4096, 4096"
    })
    void aBudgetHasAUnit(String size, long bytes) {
        assertThat(choice("--memory", size)).isEqualTo(Recomputation.within(bytes));
        assertThat(choice("--memory", size, "--checkpoint-layers", "auto"))
                .isEqualTo(Recomputation.within(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "--checkpoint-layers=auto, --memory",
        "--checkpoint-layers=some, none",
        "--checkpoint-layers=-1, none",
        "--memory=much, number of bytes",
        "--memory=0g, number of bytes",
        "--memory=-6g, number of bytes",
        "--memory=6g --checkpoint-layers=all, auto"
    })
    void othersAreRefused(String line, String named) {
        assertThatThrownBy(() -> choice(line.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }
}
