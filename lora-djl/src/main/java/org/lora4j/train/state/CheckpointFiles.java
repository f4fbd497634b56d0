/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.files.AtomicFiles;
import org.lora4j.files.Sha256;
import org.lora4j.json.JsonFile;
import org.lora4j.json.PythonJson;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;

/** The files of one checkpoint: its tensors, its numbers, and the hashes of both. */
final class CheckpointFiles {
    /** Written last, deleted first: a directory without it is no checkpoint. */
    static final String SUMS = "SHA256SUMS";

    private static final String TENSORS = "state.safetensors";
    private static final String NUMBERS = "state.json";
    private static final int VERSION = 1;
    private static final long MOST_NUMBER_BYTES = 1L << 29;
    private static final long MOST_SUM_BYTES = 1024;

    private CheckpointFiles() {}

    /**
     * What a checkpoint's numbers are about.
     *
     * @param identity the values that its training depends on
     * @param surroundings values that may change its bits, and no more
     */
    record About(Map<String, String> identity, Map<String, String> surroundings) {}

    /** What a checkpoint holds besides tensors. */
    record Content(int steps, About about, JsonObject numbers) {}

    static void write(Path directory, ResumableState.Copy copy, About about) throws IOException {
        SafeTensorsWriter tensors = new SafeTensorsWriter();
        copy.tensors().forEach(tensors::add);
        JsonObject json = new JsonObject();
        json.addProperty("version", VERSION);
        json.addProperty("step", copy.steps());
        json.add("identity", object(about.identity()));
        json.add("surroundings", object(about.surroundings()));
        json.add("state", copy.numbers().get());
        String sums =
                write(directory, TENSORS, tensors.content())
                        + write(
                                directory,
                                NUMBERS,
                                AtomicFiles.Content.of(PythonJson.write(json) + "\n"));
        AtomicFiles.write(directory.resolve(SUMS), AtomicFiles.Content.of(sums));
    }

    /** Writes a file; returns its line as sha256sum prints it. */
    private static String write(Path directory, String name, AtomicFiles.Content content)
            throws IOException {
        MessageDigest digest = Sha256.digest();
        AtomicFiles.write(
                directory.resolve(name),
                out -> content.writeTo(new DigestOutputStream(out, digest)));
        return line(name, Sha256.hex(digest));
    }

    private static String line(String name, String hash) {
        return hash + "  " + name + "\n";
    }

    private static JsonObject object(Map<String, String> values) {
        JsonObject object = new JsonObject();
        values.forEach(object::addProperty);
        return object;
    }

    /**
     * Reads the numbers, and checks that all files are whole.
     *
     * @throws DamagedCheckpointException if its files are not those that were written
     * @throws IOException if they are of another version, or cannot be read now
     */
    static Content read(Path directory) throws IOException {
        requireWhole(directory);
        Path file = directory.resolve(NUMBERS);
        JsonObject json = JsonFile.readObject(file, MOST_NUMBER_BYTES);
        try {
            int version = json.get("version").getAsInt();
            if (version != VERSION) {
                throw new IOException(
                        "%s: has version %d; expected %d, or another version of lora4j to go on"
                                .formatted(file, version, VERSION));
            }
            About about =
                    new About(
                            values(json.getAsJsonObject("identity")),
                            values(json.getAsJsonObject("surroundings")));
            return new Content(json.get("step").getAsInt(), about, json.getAsJsonObject("state"));
        } catch (RuntimeException e) {
            throw new IOException(file + ": is not the state of a training: " + e, e);
        }
    }

    private static void requireWhole(Path directory) throws IOException {
        for (String name : new String[] {SUMS, TENSORS, NUMBERS}) {
            Path file = directory.resolve(name);
            if (!isFile(file)) {
                throw new DamagedCheckpointException(directory, "it has no file " + name, null);
            }
        }
        Path sums = directory.resolve(SUMS);
        String written;
        try {
            written = Files.size(sums) > MOST_SUM_BYTES ? "" : Files.readString(sums);
        } catch (CharacterCodingException e) {
            throw new DamagedCheckpointException(directory, SUMS + " is no text", e);
        }
        StringBuilder found = new StringBuilder();
        for (String name : new String[] {TENSORS, NUMBERS}) {
            found.append(line(name, Sha256.of(directory.resolve(name))));
        }
        if (!written.contentEquals(found)) {
            throw new DamagedCheckpointException(
                    directory, "its files have not the hashes of its " + SUMS, null);
        }
    }

    private static Map<String, String> values(JsonObject object) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
            values.put(entry.getKey(), entry.getValue().getAsString());
        }
        return values;
    }

    /** Reads the tensors; the manager owns them. */
    static Map<String, NDArray> tensors(Path directory, NDManager owner) throws IOException {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        try (SafeTensorsFile file = SafeTensorsFile.open(directory.resolve(TENSORS))) {
            for (String name : file.names()) {
                tensors.put(name, file.read(owner, name));
            }
        }
        return tensors;
    }

    static long bytes(Path directory) throws IOException {
        return Files.size(directory.resolve(TENSORS)) + Files.size(directory.resolve(NUMBERS));
    }

    /**
     * Returns whether a directory was a checkpoint when it was written.
     *
     * @throws AccessDeniedException if that cannot be seen
     */
    static boolean isCheckpoint(Path directory) throws AccessDeniedException {
        return isFile(directory.resolve(SUMS));
    }

    private static boolean isFile(Path file) throws AccessDeniedException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).isRegularFile();
        } catch (AccessDeniedException e) {
            throw e; // one that is hidden is not one that is missing
        } catch (IOException e) {
            return false;
        }
    }

    /** Deletes a checkpoint, so that what a killed process leaves of it is none. */
    static void delete(Path directory) throws IOException {
        for (String name : new String[] {SUMS, NUMBERS, TENSORS}) {
            Files.deleteIfExists(directory.resolve(name));
        }
        AtomicFiles.removeLeftovers(directory);
        Files.deleteIfExists(directory);
    }
}
