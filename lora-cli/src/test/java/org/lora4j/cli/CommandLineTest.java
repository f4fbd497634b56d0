/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CommandLineTest {
    @ParameterizedTest
    @MethodSource("commands")
    void eachCommandExplainsItself(String command) {
        Cli.Run run = Cli.done(command, "--help");
        assertThat(run.out()).contains("Usage: lora4j " + command, "--json", "--verbose");
        assertThat(run.out()).doesNotContainPattern("Default: *\\R");
        assertThat(run.out().split("\\R(?= {1,8}-)"))
                .allSatisfy(option -> assertThat(option.split("Default:")).hasSizeLessThan(3));
        assertThat(run.err()).isEmpty();
    }

    static Set<String> commands() {
        return new CommandLine(new Lora4j()).getSubcommands().keySet();
    }

    @Test
    void defaultsAreShown() {
        assertThat(Cli.done("train", "--help").out())
                .containsPattern("--rank=R[^-]*Default: 8")
                .containsPattern("--alpha=ALPHA[^-]*Default: 32")
                .containsPattern("--dropout=P[^-]*Default: 0")
                .containsPattern("--warmup=SHARE[^-]*Default: 0.06");
    }

    @Test
    void theVersionIsSaid() {
        assertThat(Cli.done("--version").out()).startsWith("lora4j ");
    }

    @Test
    void anUnknownOptionGivesTheNearOne() {
        assertThat(Cli.run("train", "--modle", "x").refusal(2))
                .contains("--modle")
                .contains("did you mean --model");
        assertThat(Cli.run("inspect", "x", "--rnak", "3").refusal(2)).contains("--rank");
    }

    @Test
    void anUnknownCommandGivesTheNearOne() {
        assertThat(Cli.run("trian").refusal(2)).contains("did you mean train");
    }

    @Test
    void noCommandListsThem() {
        assertThat(Cli.run().refusal(2))
                .contains(
                        "train, sweep, evaluate, predict, embed, generate, merge, export, inspect,"
                                + " estimate, render, convert, demo");
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(Cli.run("evaluate", "--model", "x").refusal(2)).contains("--data");
    }
}
