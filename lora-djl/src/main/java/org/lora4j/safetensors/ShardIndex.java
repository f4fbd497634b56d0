/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import static org.lora4j.safetensors.InvalidSafeTensorsException.excerpt;

import com.google.gson.JsonObject;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The index of a sharded model: which file holds which tensor, as transformers writes it. */
final class ShardIndex {
    private ShardIndex() {}

    /** Reads the weight_map: file names by tensor name, not empty. */
    static Map<String, String> read(Path index) throws IOException {
        InputFile.requireText(index, Long.MAX_VALUE);
        if (Files.size(index) > SafeTensorsHeader.MAX_HEADER_BYTES) {
            throw new InvalidSafeTensorsException(
                    index,
                    null,
                    "an index of at most " + SafeTensorsHeader.MAX_HEADER_BYTES + " bytes",
                    Files.size(index) + " bytes");
        }
        Map<String, String> weightMap = null;
        try (JsonReader json =
                new JsonReader(
                        new InputStreamReader(
                                Files.newInputStream(index),
                                StandardCharsets.UTF_8.newDecoder()))) {
            json.setStrictness(Strictness.STRICT);
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
            throw new InvalidSafeTensorsException(
                    index,
                    null,
                    "an index in strict JSON, UTF-8",
                    excerpt(String.valueOf(e.getMessage())),
                    e);
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

    /** The shard's path; a name that would leave the index's directory is refused. */
    static Path resolve(Path index, String fileName) throws IOException {
        Path directory = directoryOf(index);
        Path relative = pathOrNull(fileName);
        boolean plain = relative != null && relative.getRoot() == null && !fileName.contains("\\");
        if (relative != null && plain) {
            for (Path part : relative) {
                String text = part.toString();
                plain &= !text.isEmpty() && !text.equals(".") && !text.equals("..");
            }
        }
        if (relative == null || !plain) {
            throw new InvalidSafeTensorsException(
                    index,
                    null,
                    "shards within the directory of the index",
                    "'" + excerpt(fileName) + "'");
        }
        return directory.resolve(relative);
    }

    private static Path directoryOf(Path index) {
        Path parent = index.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private static @Nullable Path pathOrNull(String fileName) {
        try {
            return Path.of(fileName);
        } catch (InvalidPathException e) {
            return null;
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
