/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.InputFile;

/**
 * Addresses in a file, a JSON object a line: {@code address}, the text, and {@code json}, its
 * fields as an object or as a string that holds one.
 */
public final class AddressFile {
    private AddressFile() {}

    /**
     * Reads all addresses of a file.
     *
     * @throws IOException if the file cannot be read, has no address, or a line is not as expected:
     *     the message names the line
     */
    public static List<Address> read(Path file) throws IOException {
        List<Address> addresses = new ArrayList<>();
        int number = 0;
        InputFile.requireText(file, Long.MAX_VALUE);
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                String text = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
                if (!text.isBlank()) {
                    addresses.add(parse(text));
                }
            }
        } catch (CharacterCodingException e) {
            throw new IOException(file + ", after line " + number + ": not UTF-8", e);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ", line " + number + ": " + e.getMessage(), e);
        }
        if (addresses.isEmpty()) {
            throw new IOException(file + ": no line; expected {\"address\": ..., \"json\": ...}");
        }
        return addresses;
    }

    private static Address parse(String line) {
        JsonElement element;
        try {
            element = JsonParser.parseString(line);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("not JSON; expected an object a line", e);
        }
        if (!element.isJsonObject()) {
            throw new IllegalArgumentException("expected an object, found " + line);
        }
        JsonObject object = element.getAsJsonObject();
        JsonElement address = object.get("address");
        JsonElement json = object.get("json");
        if (!isString(address) || json == null) {
            throw new IllegalArgumentException(
                    "expected the members address, a string, and json; found " + object.keySet());
        }
        String fields = isString(json) ? json.getAsString() : json.toString();
        Optional<Map<String, String>> read = Address.read(fields);
        if (read.isEmpty()) {
            throw new IllegalArgumentException("json is no object of strings: " + fields);
        }
        return new Address(address.getAsString(), read.get());
    }

    private static boolean isString(@Nullable JsonElement element) {
        return element != null
                && element.isJsonPrimitive()
                && element.getAsJsonPrimitive().isString();
    }
}
