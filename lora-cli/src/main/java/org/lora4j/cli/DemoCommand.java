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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what lora4j does, in less than two minutes. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        versionProvider = Lora4j.Version.class,
        sortOptions = false,
        showDefaultValues = true,
        description =
                "Teaches a small language model that comes with the program to read addresses of"
                        + " Taiwan, and shows what it answers before and after.")
final class DemoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

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
            defaultValue = "11000",
            description = "How many addresses to train on.")
    private int addresses;

    @Option(
            names = "--unseen",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many other addresses to be examined on.")
    private int unseen;

    @Option(names = "--seed", paramLabel = "SEED", defaultValue = "0", description = "The seed.")
    private long seed;

    @Mixin private EngineOptions engine = new EngineOptions();

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws Exception {
        Path place = output == null ? defaultOutput() : output;
        DemoPlan plan;
        try {
            engine.check();
            TrainingOptions.requirePositive("--addresses", addresses);
            TrainingOptions.requirePositive("--unseen", unseen);
            plan = new DemoPlan(place, seed, addresses, unseen, compare, test);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Console console = report.console();
        try (OutputDirectory directory = OutputDirectory.prepare(place)) {
            DemoReport host = new DemoReport(plan, console);
            Demo.run(plan, engine.start(), host);
            host.conclude();
        }
        return CommandLines.DONE;
    }

    private static Path defaultOutput() {
        return Checkout.root()
                .map(root -> root.resolve("target").resolve("demo"))
                .orElse(Path.of("lora4j-demo"));
    }
}
