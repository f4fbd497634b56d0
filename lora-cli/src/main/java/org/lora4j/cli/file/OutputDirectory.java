/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.files.AtomicFiles;
import org.lora4j.hf.model.ModelConfig;

/**
 * A directory for results, created and tried before the work that they come from. Closing removes
 * the directories that were created, if they are empty.
 */
public final class OutputDirectory implements AutoCloseable {
    private final Path path;
    private final List<Path> made;

    private OutputDirectory(Path path, List<Path> made) {
        this.path = path;
        this.made = made;
    }

    /**
     * Creates the directory if there is none, deletes what killed runs left in it, and tries to
     * write a file into it.
     *
     * @throws IOException if it cannot be written to
     */
    public static OutputDirectory prepare(Path path) throws IOException {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new IOException(path + ": is a file; expected a directory to write to");
        }
        List<Path> made = new ArrayList<>();
        for (Path p = path.toAbsolutePath().normalize();
                p != null && !Files.exists(p);
                p = p.getParent()) {
            if (Files.isSymbolicLink(p)) {
                throw new IOException(
                        ("%s: is a link to %s, which does not exist; make that directory, or name"
                                        + " another")
                                .formatted(p, Files.readSymbolicLink(p)));
            }
            made.add(p);
        }
        OutputDirectory directory = new OutputDirectory(path, made);
        try {
            Files.createDirectories(path);
            AtomicFiles.removeLeftovers(path);
            Files.delete(Files.createTempFile(path, ".lora4j", ".tmp"));
            return directory;
        } catch (IOException e) {
            directory.close();
            throw new IOException(
                    path + ": cannot be written to (" + ErrorText.of(e) + "); name another", e);
        }
    }

    public Path path() {
        return path;
    }

    /**
     * Checks that the directory holds no adapter or model, or tells that it will be replaced.
     *
     * @param overwrite whether it may be
     */
    public void requireFree(boolean overwrite, Console console) throws IOException {
        boolean adapter = Files.exists(path.resolve(PeftConfigFile.FILE_NAME));
        if (adapter || Files.exists(path.resolve(ModelConfig.FILE))) {
            String what = path + ": already holds " + (adapter ? "an adapter" : "a model");
            if (!overwrite) {
                throw new IOException(
                        what + "; --overwrite replaces it, or name another directory");
            }
            console.say(what + "; its files will be replaced");
        }
    }

    /** Checks that the directory is not another one, which the command reads. */
    public void requireOther(Path read, String what) throws IOException {
        if (Files.exists(read) && Files.isSameFile(read, path)) {
            throw new IOException(
                    "%s: --output is the %s itself; name another directory".formatted(path, what));
        }
    }

    @Override
    public void close() {
        for (Path p : made) {
            try {
                Files.deleteIfExists(p);
            } catch (IOException e) {
                return; // it has results in it, and so have those above
            }
        }
    }
}
