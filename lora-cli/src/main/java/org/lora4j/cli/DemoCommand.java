/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
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
import picocli.CommandLine.Option;

/** Shows what lora4j does, in less than two minutes. */
@Command(
        name = "demo",
        description =
                "Teaches a small language model that comes with the program to read addresses of"
                        + " Taiwan, and shows what it answers before and after.",
        footer = {"", "Example:", "  lora4j demo --compare"})
final class DemoCommand implements Action {
    @Option(
            names = "--test",
            paramLabel = "F",
            description =
                    "Your own addresses to test it on too: a .jsonl file with \"address\" and"
                            + " \"json\" in each line; docs/demo.md lists the fields.")
    private @Nullable Path test;

    @Option(names = "--compare", description = "Fine-tune every weight too, and compare both.")
    private boolean compare;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description =
                    "The directory of the base, data, adapter and loss curve; target/demo in the"
                            + " checkout, or else lora4j-demo.")
    private @Nullable Path output;

    @Option(names = "--addresses", paramLabel = "N", description = "Addresses to train on.")
    private int addresses = 11000;

    @Option(names = "--unseen", paramLabel = "N", description = "Other addresses to test it on.")
    private int unseen = 1000;

    @Option(names = "--seed", paramLabel = "SEED", description = "The seed.")
    private long seed = 0;

    @Mixin private EngineOptions engine;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        Path place = output == null ? defaultOutput() : output;
        DemoPlan plan =
                report.read(
                        () -> {
                            engine.check();
                            TrainingOptions.requirePositive("--addresses", addresses);
                            TrainingOptions.requirePositive("--unseen", unseen);
                            return new DemoPlan(place, seed, addresses, unseen, compare, test);
                        });
        Console console = report.console();
        try (OutputDirectory directory = OutputDirectory.prepare(place)) {
            DemoReport host = new DemoReport(plan, console);
            Demo.run(plan, engine.start(), host);
            host.conclude();
        }
    }

    /** Returns target/demo of the checkout that the program was built in, else lora4j-demo. */
    private static Path defaultOutput() {
        CodeSource source = DemoCommand.class.getProtectionDomain().getCodeSource();
        try {
            if (source != null) {
                Path jar = Path.of(source.getLocation().toURI()); // in lora-cli/target
                Path root = jar.resolve("../../..").normalize();
                if (Files.isRegularFile(root.resolve("lora4j"))) {
                    return root.resolve("target/demo");
                }
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // the program does not run from a file
        }
        return Path.of("lora4j-demo");
    }
}
