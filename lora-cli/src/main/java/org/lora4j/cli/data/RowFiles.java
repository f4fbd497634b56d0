/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.lora4j.cli.file.OutputFile;
import picocli.CommandLine.Option;

/** The file whose rows a command reads, and the file that has a line for each. */
public final class RowFiles {
    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "The texts: .tsv or .csv with a header line, or .jsonl.")
    private Path data;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE.jsonl",
            description = "The file to write.")
    private Path output;

    /**
     * Checks that the one is there and the other can be written.
     *
     * @throws IOException if that is not so
     */
    public void prepare() throws IOException {
        if (!Files.exists(data)) {
            throw new NoSuchFileException(data.toString(), null, "no such data file");
        }
        OutputFile.prepare(output, data, "file of the texts");
    }

    /** Returns the file that is read. */
    public Path data() {
        return data;
    }

    /** Returns the file that is written. */
    public Path output() {
        return output;
    }
}
