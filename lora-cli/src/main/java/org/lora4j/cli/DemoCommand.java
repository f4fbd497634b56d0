/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what lora4j does, in about a minute. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        versionProvider = Lora4j.Version.class,
        sortOptions = false,
        showDefaultValues = true,
        description =
                "Trains an adapter in about a minute and shows what it changed: MiniLM on SST-2"
                        + " where they are found, else a tiny random model on generated sentences.")
final class DemoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "A folder with minilm/ and sst2/; by default $LORA4J_DATA, else ../shared/data"
                            + " beside the checkout.")
    private @Nullable Path data;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description =
                    "Where the adapter is saved; by default target/demo in the checkout, else"
                            + " lora4j-demo.")
    private @Nullable Path output;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "60",
            description = "The longest time to train.")
    private double seconds;

    @Option(names = "--seed", paramLabel = "SEED", defaultValue = "0", description = "The seed.")
    private long seed;

    @Mixin private EngineOptions engine = new EngineOptions();

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws Exception {
        try {
            engine.check();
            if (!(seconds > 0)) {
                throw new IllegalArgumentException(
                        "--seconds is " + seconds + "; expected more than 0");
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Console console = new Console(spec.commandLine(), report);
        Path place = output == null ? defaultOutput() : output;
        try (OutputDirectory directory = OutputDirectory.prepare(place)) {
            DemoMaterial material = DemoMaterial.find(data, directory.path(), seed);
            Device device = engine.start(material.threads());
            new Demo(material, directory.path().resolve("adapter"), console)
                    .run(device, seconds, seed);
        }
        return CommandLines.DONE;
    }

    private static Path defaultOutput() {
        return Checkout.root()
                .map(root -> root.resolve("target").resolve("demo"))
                .orElse(Path.of("lora4j-demo"));
    }
}
