/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.files.AtomicFiles;
import org.lora4j.files.InputFile;
import org.lora4j.json.JsonFile;
import org.lora4j.text.tokenizer.json.JsonFields;

/**
 * The files of a tokenizer with further tokens, as add_tokens of transformers adds them: each gets
 * the next id, is found in texts before they are split, and is no special token.
 *
 * @param directory where the files are
 * @param added the tokens that the tokenizer did not have, in the order of their ids
 * @param tokens how many rows a table of all its tokens has at least
 */
public record AddedTokenFiles(Path directory, List<String> added, int tokens) {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String SETTINGS = "tokenizer_config.json";
    private static final String TEMPLATES = "additional_chat_templates";
    private static final List<String> OTHERS =
            List.of("special_tokens_map.json", "chat_template.jinja");

    private static final long MOST_BYTES = 128L << 20;
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    /** Copies the list. */
    public AddedTokenFiles {
        added = List.copyOf(added);
    }

    /**
     * Writes the files.
     *
     * @param model the directory of the tokenizer
     * @param wanted the tokens; those that the tokenizer has stay as they are
     * @param target an existing directory
     * @throws IllegalArgumentException if a token is blank
     * @throws IOException if there is no tokenizer.json, or it cannot be read or written
     */
    public static AddedTokenFiles write(Path model, List<String> wanted, Path target)
            throws IOException {
        if (wanted.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("a token to add is blank; expected a text");
        }
        Path file = model.resolve(TOKENIZER);
        JsonObject json = read(file);
        Vocabulary vocabulary = Vocabulary.of(file, json);
        int next = vocabulary.next();
        List<String> added = new ArrayList<>();
        JsonArray entries = vocabulary.entries();
        JsonObject settings =
                Files.exists(model.resolve(SETTINGS))
                        ? read(model.resolve(SETTINGS))
                        : new JsonObject();
        for (String token : wanted) {
            if (vocabulary.texts().add(token)) {
                JsonObject entry = entry(token);
                addTo(settings, next, entry);
                JsonObject numbered = new JsonObject();
                numbered.addProperty("id", next++);
                entry.entrySet().forEach(e -> numbered.add(e.getKey(), e.getValue()));
                entries.add(numbered);
                added.add(token);
            }
        }
        json.add("added_tokens", entries);
        write(target.resolve(TOKENIZER), json);
        if (Files.exists(model.resolve(SETTINGS))) {
            write(target.resolve(SETTINGS), settings);
        }
        copyOthers(model, target);
        return new AddedTokenFiles(target, added, Math.max(next, vocabulary.rows()));
    }

    /**
     * Copies the files.
     *
     * @param target an existing directory; files of the same names are replaced
     * @throws IOException if a file cannot be written
     */
    public void copyTo(Path target) throws IOException {
        for (String name : List.of(TOKENIZER, SETTINGS)) {
            if (Files.exists(directory.resolve(name))) {
                Files.copy(
                        directory.resolve(name),
                        target.resolve(name),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        copyOthers(directory, target);
    }

    /**
     * Returns whether a tokenizer has tokens that were added and that another does not know.
     *
     * @param directory the directory of the tokenizer; one without tokenizer.json has none
     * @param other the directory of the other
     * @throws IOException if a tokenizer.json cannot be read
     */
    public static boolean hasMore(Path directory, Path other) throws IOException {
        if (!Files.exists(directory.resolve(TOKENIZER))
                || !Files.exists(other.resolve(TOKENIZER))) {
            return false;
        }
        Set<String> known = Vocabulary.read(other).texts();
        return !known.containsAll(Vocabulary.read(directory).added());
    }

    private static JsonObject entry(String token) {
        return JsonFields.json(
                "content", token,
                "single_word", false,
                "lstrip", false,
                "rstrip", false,
                "normalized", true,
                "special", false);
    }

    /** Settings that list the added tokens again list all of them. */
    private static void addTo(JsonObject settings, int id, JsonObject entry) {
        if (settings.get("added_tokens_decoder") instanceof JsonObject decoder) {
            decoder.add(Integer.toString(id), entry.deepCopy());
        }
    }

    private static void copyOthers(Path from, Path target) throws IOException {
        for (String name : OTHERS) {
            copy(from.resolve(name), target.resolve(name));
        }
        if (Files.isDirectory(from.resolve(TEMPLATES))) {
            Files.createDirectories(target.resolve(TEMPLATES));
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(from.resolve(TEMPLATES), "*.jinja")) {
                for (Path file : files) {
                    copy(file, target.resolve(TEMPLATES).resolve(file.getFileName()));
                }
            }
        }
    }

    private static void copy(Path file, Path target) throws IOException {
        if (Files.exists(file)) {
            byte[] bytes = InputFile.readBytes(file, MOST_BYTES);
            Files.write(target, bytes);
        }
    }

    private static JsonObject read(Path file) throws IOException {
        return JsonFile.readObject(file, MOST_BYTES);
    }

    private static void write(Path file, JsonObject json) throws IOException {
        AtomicFiles.write(file, AtomicFiles.Content.of(GSON.toJson(json)));
    }

    /**
     * The tokens of a tokenizer.json.
     *
     * @param texts all of them
     * @param added those that were added
     * @param entries the list of those
     * @param next the id of the next, by the rule of the tokenizers library
     * @param rows one more than the largest id
     */
    private record Vocabulary(
            Set<String> texts, Set<String> added, JsonArray entries, int next, int rows) {
        static Vocabulary read(Path directory) throws IOException {
            Path file = directory.resolve(TOKENIZER);
            return of(file, AddedTokenFiles.read(file));
        }

        static Vocabulary of(Path file, JsonObject json) throws IOException {
            try {
                return of(json);
            } catch (IllegalStateException
                    | ClassCastException
                    | UnsupportedOperationException
                    | NumberFormatException e) {
                throw new IOException(file + ": is not a tokenizer (" + e.getMessage() + ")", e);
            }
        }

        private static Vocabulary of(JsonObject json) {
            Set<String> texts = new HashSet<>();
            Set<String> added = new HashSet<>();
            int largest = -1;
            JsonElement vocabulary = required(required(json, "model").getAsJsonObject(), "vocab");
            if (vocabulary instanceof JsonArray pieces) { // of Unigram, by place
                pieces.forEach(piece -> texts.add(piece.getAsJsonArray().get(0).getAsString()));
                largest = pieces.size() - 1;
            } else {
                for (var entry : vocabulary.getAsJsonObject().entrySet()) {
                    texts.add(entry.getKey());
                    largest = Math.max(largest, entry.getValue().getAsInt());
                }
            }
            int size = texts.size();
            JsonElement list = json.get("added_tokens");
            JsonArray entries = list instanceof JsonArray array ? array : new JsonArray();
            int last = -1;
            for (JsonElement element : entries) {
                JsonObject entry = element.getAsJsonObject();
                texts.add(required(entry, "content").getAsString());
                added.add(required(entry, "content").getAsString());
                last = Math.max(last, required(entry, "id").getAsInt());
            }
            int next = last >= size ? last + 1 : size;
            return new Vocabulary(texts, added, entries, next, Math.max(largest, last) + 1);
        }

        private static JsonElement required(JsonObject object, String key) {
            JsonElement value = object.get(key);
            if (value == null) {
                throw new IllegalStateException("it has no \"" + key + "\"");
            }
            return value;
        }
    }
}
