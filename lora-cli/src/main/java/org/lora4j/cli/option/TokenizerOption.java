/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The tokenizer of a TorchScript file. */
public final class TokenizerOption {
    /** The name of the option. */
    public static final List<String> NAMES = List.of("--tokenizer");

    /** Why other models refuse it. */
    public static final String FOR_SCRIPTS =
            " is for a TorchScript file; a Hugging Face model has its own";

    private static final String FILE = "tokenizer.json";

    @Option(
            names = "--tokenizer",
            paramLabel = "DIR",
            description =
                    "Where --model is a TorchScript file (.pt, .pth): the directory of its"
                            + " tokenizer.json. Default: that of the file.")
    private @Nullable Path tokenizer;

    /**
     * Returns the tokenizer's directory.
     *
     * @param model the TorchScript file
     * @throws IOException if it has no tokenizer
     */
    public Path directory(ModelOption model) throws IOException {
        Path directory = tokenizer;
        if (directory == null) {
            Path parent = model.script().toAbsolutePath().getParent();
            if (parent == null || !Files.exists(parent.resolve(FILE))) {
                throw new IOException(
                        ("%s: there is no %s beside it; name the directory of the model that it"
                                        + " was exported from with --tokenizer")
                                .formatted(model.name(), FILE));
            }
            directory = parent;
        }
        model.probe(directory);
        return directory;
    }
}
