/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.InputFile;

/**
 * A tokenizer.json, read and checked. Every part is what the native tokenizer knows; nothing else
 * of the file goes on to it.
 *
 * @param model the model
 * @param components normalizer, pre-tokenizer, post-processor and decoder, JSON null where none
 * @param added the added tokens in the order of the file, with the ids that the file writes
 * @param paddingId the id with which the file asks to pad, or null
 * @param paddingToken the token with which the file asks to pad, or null
 * @param truncateLeft whether the file asks to cut texts at their start
 * @param byteLevel whether the file names ByteLevel anywhere
 */
public record TokenizerJson(
        ModelPart model,
        Map<ComponentCheck, JsonElement> components,
        List<Entry> added,
        @Nullable Integer paddingId,
        @Nullable String paddingToken,
        boolean truncateLeft,
        boolean byteLevel) {

    /** Those of the largest vocabularies have some 35 MB. */
    private static final long MOST_BYTES = 256L << 20;

    /** How many bytes of heap a byte of the file may take while it is read. */
    private static final int HEAP_A_BYTE = 6;

    /**
     * An added token and the id that the file writes beside it.
     *
     * @param id the id
     * @param token the token
     */
    public record Entry(int id, AddedToken token) {}

    public static TokenizerJson read(Path file) throws IOException {
        InputFile.requireText(file, MOST_BYTES);
        long size = Files.size(file);
        long most = Runtime.getRuntime().maxMemory() / HEAP_A_BYTE;
        if (size > most) {
            throw new TokenizerFormatException(
                    "%s bytes are more than Java's heap has room to check, %s; expected a smaller"
                            + " file, or a larger heap (-Xmx)",
                    size, most);
        }
        try (JsonReader json = new JsonReader(Files.newBufferedReader(file))) {
            return new Reading(file).read(json);
        } catch (CharacterCodingException e) {
            throw new TokenizerFormatException("not UTF-8 text");
        } catch (TokenizerFormatException e) {
            throw e;
        } catch (IOException
                | JsonParseException
                | IllegalStateException
                | NumberFormatException
                | StackOverflowError e) {
            throw new TokenizerFormatException("not a tokenizer.json (%s)", e.getMessage());
        }
    }

    /** Reads the file once, and the merges a second time if they come before the vocabulary. */
    private static final class Reading {
        private static final Set<String> KNOWN =
                Set.of("added_tokens", "padding", "truncation", "model");

        private final Path file;
        private final Map<String, JsonElement> parts = new HashMap<>();
        private final Set<String> seen = new HashSet<>();
        private final ModelReader model = new ModelReader();

        Reading(Path file) {
            this.file = file;
        }

        TokenizerJson read(JsonReader json) throws IOException {
            Set<String> wanted = new HashSet<>(KNOWN);
            for (ComponentCheck component : ComponentCheck.values()) {
                wanted.add(component.field());
            }
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (!seen.add(name)) {
                    throw new TokenizerFormatException("\"%s\" occurs twice", name);
                }
                if (name.equals("model") && json.peek() == JsonToken.BEGIN_OBJECT) {
                    model.read(json);
                } else if (wanted.contains(name)) {
                    parts.put(name, JsonParser.parseReader(json));
                } else {
                    json.skipValue();
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new TokenizerFormatException("text follows the end of the JSON object");
            }
            if (!seen.contains("model")) {
                throw new TokenizerFormatException("not a tokenizer.json: it has no model");
            }
            if (model.needsMerges()) {
                readMergesAgain();
            }
            return assembled();
        }

        private void readMergesAgain() throws IOException {
            try (Reader reader = Files.newBufferedReader(file);
                    JsonReader json = new JsonReader(reader)) {
                json.beginObject();
                while (json.hasNext()) {
                    if (json.nextName().equals("model")) {
                        model.readMergesAlone(json);
                    } else {
                        json.skipValue();
                    }
                }
            }
        }

        private TokenizerJson assembled() throws TokenizerFormatException {
            Map<ComponentCheck, JsonElement> components = new EnumMap<>(ComponentCheck.class);
            boolean byteLevel = false;
            for (ComponentCheck component : ComponentCheck.values()) {
                JsonElement given = part(component.field());
                components.put(component, component.check(given));
                byteLevel |= given.toString().contains("\"ByteLevel\"");
            }
            JsonFields padding = object("padding");
            JsonFields truncation = object("truncation");
            return new TokenizerJson(
                    model.part(),
                    components,
                    added(),
                    padding.has("pad_id")
                            ? (Integer) padding.count("pad_id", AddedTokenList.LARGEST_ID)
                            : null,
                    padding.textOrNull("pad_token"),
                    truncation.has("direction") && truncation.text("direction").equals("Left"),
                    byteLevel);
        }

        private JsonElement part(String name) {
            return parts.getOrDefault(name, JsonNull.INSTANCE);
        }

        private JsonFields object(String name) throws TokenizerFormatException {
            JsonElement given = part(name);
            return given.isJsonNull()
                    ? new JsonFields(new JsonObject(), name)
                    : JsonFields.of(given, name);
        }

        private List<Entry> added() throws TokenizerFormatException {
            JsonElement given = part("added_tokens");
            List<Entry> entries = new ArrayList<>();
            if (!given.isJsonNull()) {
                int position = 0;
                for (JsonElement each : JsonFields.list(given, "added_tokens")) {
                    JsonFields token = JsonFields.of(each, "added_tokens[" + position++ + "]");
                    entries.add(
                            new Entry(
                                    token.count("id", AddedTokenList.LARGEST_ID),
                                    AddedToken.read(token)));
                }
            }
            return entries;
        }
    }
}
