/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import com.google.gson.JsonObject;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.lora4j.files.Excerpt;
import org.lora4j.files.InputFile;
import org.lora4j.json.PythonJson;

/** The index of a sharded model: which file holds which tensor, as transformers writes it. */
public final class ShardIndex {
    private static final Set<String> NO_NAMES = Set.of("", ".", "..");

    private ShardIndex() {}

    /**
     * Reads the weight_map.
     *
     * @param index the index file
     * @return file names by tensor name; not empty
     * @throws InvalidSafeTensorsException if it is not valid, or names a file that {@link #resolve}
     *     refuses
     * @throws IOException if it cannot be read
     */
    public static Map<String, String> read(Path index) throws IOException {
        InputFile.requireText(index, Long.MAX_VALUE);
        if (Files.size(index) > SafeTensorsHeader.MAX_HEADER_BYTES) {
            throw new InvalidSafeTensorsException(
                    index,
                    null,
                    "an index of at most " + SafeTensorsHeader.MAX_HEADER_BYTES + " bytes",
                    Files.size(index) + " bytes");
        }
        Map<String, String> weightMap = null;
        try (JsonReader json = SafeTensorsHeader.strictJson(Files.newInputStream(index))) {
            json.beginObject();
            while (json.hasNext()) {
                if (!json.nextName().equals("weight_map")) {
                    SafeTensorsHeader.skip(index, null, json);
                } else if (weightMap == null) {
                    weightMap = readWeightMap(index, json);
                } else {
                    throw new InvalidSafeTensorsException(index, null, "one weight_map", "two");
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new InvalidSafeTensorsException(index, null, "one JSON object", "more");
            }
        } catch (InvalidSafeTensorsException e) {
            throw e;
        } catch (IOException | IllegalStateException e) {
            String found = Excerpt.of(String.valueOf(e.getMessage()));
            throw new InvalidSafeTensorsException(
                    index, null, "an index in strict JSON, UTF-8", found, e);
        }
        if (weightMap == null || weightMap.isEmpty()) {
            throw new InvalidSafeTensorsException(index, null, "a weight_map of tensors", "none");
        }
        return weightMap;
    }

    private static Map<String, String> readWeightMap(Path index, JsonReader json)
            throws IOException {
        Map<String, String> weightMap = new LinkedHashMap<>();
        json.beginObject();
        while (json.hasNext()) {
            String tensor = json.nextName();
            if (json.peek() != JsonToken.STRING) {
                throw new InvalidSafeTensorsException(
                        index, tensor, "a file name in weight_map", "a JSON " + json.peek());
            }
            String fileName = json.nextString();
            resolve(index, fileName);
            if (weightMap.put(tensor, fileName) != null) {
                throw new InvalidSafeTensorsException(
                        index, tensor, "each tensor once in weight_map", "it twice");
            }
        }
        json.endObject();
        return weightMap;
    }

    /**
     * Returns a shard's path.
     *
     * @param index the index file
     * @param fileName the shard's name in it
     * @return a path in the directory of the index, or below it
     * @throws InvalidSafeTensorsException if the name would leave that directory
     */
    public static Path resolve(Path index, String fileName) throws InvalidSafeTensorsException {
        if (!isPlain(fileName)) {
            throw new InvalidSafeTensorsException(
                    index,
                    null,
                    "shards within the directory of the index",
                    "'" + Excerpt.of(fileName) + "'");
        }
        return index.resolveSibling(fileName);
    }

    private static boolean isPlain(String fileName) {
        try {
            return Path.of(fileName).getRoot() == null
                    && !fileName.contains("\\")
                    && Stream.of(fileName.split("/", -1)).noneMatch(NO_NAMES::contains);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** The index as transformers writes it, with a line feed at its end. */
    static String toJson(long totalSize, Map<String, String> weightMap) {
        JsonObject metadata = new JsonObject();
        metadata.addProperty("total_size", totalSize);
        JsonObject map = new JsonObject();
        weightMap.forEach(map::addProperty);
        JsonObject index = new JsonObject();
        index.add("metadata", metadata);
        index.add("weight_map", map);
        return PythonJson.write(index) + "\n";
    }
}
