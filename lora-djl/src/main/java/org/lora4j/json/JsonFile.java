/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.json;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.files.InputFile;

/**
 * Reads the small JSON files of models from outside, as Python's json module does: NaN and the
 * infinities are numbers. Stateless; safe for use by any number of threads.
 */
public final class JsonFile {
    /** The most bytes of a settings file: 16 MiB. */
    public static final long MOST_BYTES = 16L << 20;

    private JsonFile() {}

    /**
     * Reads a file that holds one object.
     *
     * @param file the file
     * @return the object
     * @throws IOException if it is missing, no regular file, longer than {@link #MOST_BYTES}, not
     *     UTF-8, not JSON, or another value; the message begins with the path
     */
    public static JsonObject readObject(Path file) throws IOException {
        return readObject(file, MOST_BYTES);
    }

    /**
     * Reads a file that holds one object and may be longer than settings are.
     *
     * @param file the file
     * @param mostBytes the most bytes that it may have
     * @return the object
     * @throws IOException as {@link #readObject(Path)}
     */
    public static JsonObject readObject(Path file, long mostBytes) throws IOException {
        String text = InputFile.readText(file, mostBytes);
        try {
            JsonElement root = JsonParser.parseString(text);
            if (root instanceof JsonObject object) {
                return object;
            }
        } catch (JsonParseException | NumberFormatException e) {
            throw new IOException(file + ": not JSON: " + e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new IOException(file + ": nested too deeply", e);
        }
        throw new IOException(file + ": expected a JSON object");
    }

    /**
     * Reads a file that may be missing.
     *
     * @param file the file
     * @return its object, empty where there is no such file
     * @throws IOException as {@link #readObject(Path)}
     */
    public static JsonObject readObjectIfThere(Path file) throws IOException {
        return Files.exists(file) ? readObject(file) : new JsonObject();
    }
}
