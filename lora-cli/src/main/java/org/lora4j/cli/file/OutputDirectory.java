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
 * A directory that results go to, made and tried before the work that they come from. Closing
 * removes again what was made, as far as it is empty.
 */
public final class OutputDirectory implements AutoCloseable {
    private final Path path;
    private final List<Path> made;

    private OutputDirectory(Path path, List<Path> made) {
        this.path = path;
        this.made = made;
    }

    /**
     * Makes the directory where there is none, removes what killed runs left in it, and writes a
     * file into it for a moment.
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
                        p
                                + ": is a link to "
                                + Files.readSymbolicLink(p)
                                + ", which does not exist; make that directory, or name another");
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

    /** Says that what is here will be replaced, if it is an adapter or a model. */
    public void tell(Console console) {
        for (String[] kind :
                new String[][] {
                    {PeftConfigFile.FILE_NAME, "an adapter"}, {ModelConfig.FILE, "a model"}
                }) {
            if (Files.exists(path.resolve(kind[0]))) {
                console.say(path + " already holds " + kind[1] + "; its files will be replaced");
                return;
            }
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
