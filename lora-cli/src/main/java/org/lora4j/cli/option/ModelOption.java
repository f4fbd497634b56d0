/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.lora4j.hf.hub.DownloadListener;
import org.lora4j.hf.hub.Hub;
import org.lora4j.hf.hub.HubSettings;
import org.lora4j.text.TokenizerProbe;
import picocli.CommandLine.Option;

/** The base model. */
public final class ModelOption {
    private static final Duration PROBE_LIMIT = Duration.ofMinutes(1);

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR|ID",
            description =
                    "A Hugging Face model: a directory, or an id such as org/name or"
                            + " org/name@revision, found in the Hugging Face cache or downloaded"
                            + " there.")
    private String model;

    @Option(
            names = "--probe-tokenizer",
            description =
                    "Try the model's tokenizer in a separate process first, for models that you do"
                            + " not trust.")
    private boolean probe;

    /** Returns the model as the user named it. */
    public String name() {
        return model;
    }

    /** Returns whether it is a TorchScript file, by its name. */
    public boolean isScript() {
        return isScript(model) && !Files.isDirectory(Path.of(model));
    }

    /** Returns whether files of a name are taken for TorchScript. */
    public static boolean isScript(String name) {
        return name.endsWith(".pt") || name.endsWith(".pth");
    }

    /**
     * Returns the TorchScript file.
     *
     * @throws NoSuchFileException if it is not there
     */
    public Path script() throws NoSuchFileException {
        Path file = Path.of(model);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(model, null, "no such TorchScript file");
        }
        return file;
    }

    /** Tries a tokenizer as the user asked. */
    void probe(Path directory) throws IOException {
        if (probe) {
            TokenizerProbe.run(directory, PROBE_LIMIT);
        }
    }

    /** Returns the model's directory, after a download if needed. */
    public Path resolve(DownloadListener listener) throws IOException {
        Path directory =
                new Hub(HubSettings.fromEnvironment(System.getenv())).resolve(model, listener);
        probe(directory);
        return directory;
    }
}
