/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.file;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.lora4j.files.AtomicFiles;

/** A file of JSON lines, which appears when it is complete. */
public final class JsonLinesFile {
    private final Writer out;

    private JsonLinesFile(Writer out) {
        this.out = out;
    }

    /** What writes the lines. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes them.
         *
         * @param lines takes each
         */
        void write(JsonLinesFile lines) throws IOException;
    }

    /**
     * Writes a file.
     *
     * @param file the file
     * @param content writes its lines
     */
    public static void write(Path file, Content content) throws IOException {
        AtomicFiles.write(
                file,
                stream -> {
                    Writer out = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
                    content.write(new JsonLinesFile(out));
                    out.flush();
                });
    }

    /** Writes a line. */
    public void write(JsonObject line) {
        try {
            out.write(line + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
