/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.cli.file.OutputDirectory;
import picocli.CommandLine.Option;

/** The directory of a command's adapter or model. */
public final class OutputOption {
    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "The directory that the result, an adapter or a model, is saved in.")
    private Path output;

    @Option(
            names = "--overwrite",
            description = "Replace an adapter or a model that is there already.")
    private boolean overwrite;

    public boolean overwrite() {
        return overwrite;
    }

    public Path path() {
        return output;
    }

    /** Creates the directory, and checks that it can be written to. */
    public OutputDirectory prepare() throws IOException {
        return OutputDirectory.prepare(output);
    }
}
