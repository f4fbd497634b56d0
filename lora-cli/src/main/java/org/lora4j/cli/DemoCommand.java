/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.file.OutputDirectory;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.train.TrainingOptions;
import org.lora4j.demo.Demo;
import org.lora4j.demo.DemoPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what lora4j does, in less than two minutes. */
@Command(
        name = "demo",
        description =
                "Teaches a small language model that comes with the program to read addresses of"
                        + " Taiwan, and shows what it answers before and after.",
        footer = {"", "Example:", "  lora4j demo --compare"})
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--test",
            paramLabel = "F",
            description =
                    "Addresses of yours to be examined on besides: a .jsonl file with \"address\""
                        + " and \"json\" in each line; docs/demo.md tells which fields there are.")
    private @Nullable Path test;

    @Option(names = "--compare", description = "Fine-tune every weight too, and compare the two.")
    private boolean compare;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description =
                    "Where base, data, adapter and loss curve are written; by default target/demo"
                            + " in the checkout, else lora4j-demo.")
    private @Nullable Path output;

    @Option(
            names = "--addresses",
            paramLabel = "N",
            description = "How many addresses to train on.")
    private int addresses = 11000;

    @Option(
            names = "--unseen",
            paramLabel = "N",
            description = "How many other addresses to be examined on.")
    private int unseen = 1000;

    @Option(names = "--seed", paramLabel = "SEED", description = "The seed.")
    private long seed = 0;

    @Mixin private EngineOptions engine = new EngineOptions();

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws Exception {
        Path place = output == null ? defaultOutput() : output;
        report.check(engine::check);
        report.check(() -> TrainingOptions.requirePositive("--addresses", addresses));
        report.check(() -> TrainingOptions.requirePositive("--unseen", unseen));
        DemoPlan plan = new DemoPlan(place, seed, addresses, unseen, compare, test);
        Console console = report.console();
        try (OutputDirectory directory = OutputDirectory.prepare(place)) {
            DemoReport host = new DemoReport(plan, console);
            Demo.run(plan, engine.start(), host);
            host.conclude();
        }
        return ExitCode.OK;
    }

    private static Path defaultOutput() {
        return Checkout.root()
                .map(root -> root.resolve("target").resolve("demo"))
                .orElse(Path.of("lora4j-demo"));
    }
}
