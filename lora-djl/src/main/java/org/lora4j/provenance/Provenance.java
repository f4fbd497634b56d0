/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.provenance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lora4j.files.AtomicFiles;
import org.lora4j.json.JsonFile;
import org.lora4j.json.PythonJson;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.report.Environment;

/**
 * The manifest of a training's result, kept beside it as {@value #FILE_NAME}: the SHA-256 of each
 * of its files and of what it was trained from, the configuration with its seeds, the versions, and
 * the metrics. {@link #verify} compares the files with it.
 *
 * <p>It finds mistakes, not attacks: whoever can change the files can write another manifest.
 * Immutable.
 */
public final class Provenance {
    /** The file's name in the directory of the result. */
    public static final String FILE_NAME = "provenance.json";

    private static final String FILES = "files";
    private static final String SOURCES = "sources";
    private static final String DIRECTORY = "directory";
    private static final String BYTES = "bytes";
    private static final String SHA256 = "sha256";
    private static final String ADAPTER = "adapter";
    private static final String FORMAT_KEY = "format";
    private static final int FORMAT = 1;
    private static final int HEX_DIGITS = 64;

    /** What readers of adapters and models open by name. */
    private static final Pattern READ_WITH_IT =
            Pattern.compile(
                    ".*\\.(safetensors|bin|json|jinja|model)|(vocab|merges)\\.txt",
                    Pattern.CASE_INSENSITIVE);

    private final JsonObject json;
    private final SortedMap<String, FileHash> files;
    private final SortedMap<String, Source> sources;

    private Provenance(
            JsonObject json, SortedMap<String, FileHash> files, SortedMap<String, Source> sources) {
        this.json = json;
        this.files = files;
        this.sources = sources;
    }

    /** Begins the manifest of a training. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads the manifest of a directory.
     *
     * @param directory an adapter's or a model's directory
     * @throws IOException if there is none, or it is damaged
     */
    public static Provenance read(Path directory) throws IOException {
        Path file = directory.resolve(FILE_NAME);
        JsonObject json = JsonFile.readObject(file);
        if (!new JsonPrimitive(FORMAT).equals(json.get(FORMAT_KEY))) {
            throw new IOException(
                    "%s: %s is %s; expected %d"
                            .formatted(file, FORMAT_KEY, json.get(FORMAT_KEY), FORMAT));
        }
        SortedMap<String, Source> sources = new TreeMap<>();
        for (Map.Entry<String, JsonElement> entry : object(file, json, SOURCES).entrySet()) {
            JsonObject source = object(file, entry.getValue(), entry.getKey());
            String place = text(file, source, DIRECTORY);
            sources.put(
                    entry.getKey(), new Source(place, hashes(file, object(file, source, FILES))));
        }
        return new Provenance(json, hashes(file, object(file, json, FILES)), sources);
    }

    private static SortedMap<String, FileHash> hashes(Path file, JsonObject json)
            throws IOException {
        SortedMap<String, FileHash> hashes = new TreeMap<>();
        for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
            String name = entry.getKey();
            if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals("..")) {
                throw damaged(file, name, "the name of a file without a directory");
            }
            JsonObject hash = object(file, entry.getValue(), name);
            String sha256 = text(file, hash, SHA256);
            if (sha256.length() != HEX_DIGITS) {
                throw damaged(file, SHA256 + " of " + name, HEX_DIGITS + " hexadecimal digits");
            }
            JsonElement bytes = hash.get(BYTES);
            boolean number = bytes instanceof JsonPrimitive value && value.isNumber();
            hashes.put(name, new FileHash(number ? bytes.getAsLong() : -1, sha256));
        }
        return hashes;
    }

    private static JsonObject object(Path file, JsonObject json, String key) throws IOException {
        return json.has(key) ? object(file, json.get(key), key) : new JsonObject();
    }

    private static JsonObject object(Path file, JsonElement value, String key) throws IOException {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw damaged(file, key, "an object");
    }

    private static String text(Path file, JsonObject json, String key) throws IOException {
        if (json.get(key) instanceof JsonPrimitive value && value.isString()) {
            return value.getAsString();
        }
        throw damaged(file, key, "a text");
    }

    private static IOException damaged(Path file, String key, String expected) {
        return new IOException("%s: %s is damaged; expected %s".formatted(file, key, expected));
    }

    /**
     * Compares the files with this manifest. A file in the directory that it does not list is found
     * where readers of adapters or models would open it.
     *
     * @param directory the directory that the manifest is in
     * @param places where sources are now, by name; those left out are looked for where they were
     * @throws IOException if a file cannot be read
     */
    public Verification verify(Path directory, Map<String, Path> places) throws IOException {
        List<Verification.Finding> findings = new ArrayList<>();
        compare(findings, ADAPTER, directory, files, Verification.State.MISSING);
        for (String name : belonging(directory)) {
            if (!files.containsKey(name) && READ_WITH_IT.matcher(name).matches()) {
                findings.add(new Verification.Finding(ADAPTER, name, Verification.State.ADDED));
            }
        }
        for (Map.Entry<String, Source> entry : sources.entrySet()) {
            Source source = entry.getValue();
            Path given = places.get(entry.getKey());
            Path place = given == null ? Path.of(source.directory()) : given;
            compare(
                    findings,
                    entry.getKey(),
                    place,
                    source.files(),
                    given == null ? Verification.State.NOT_HERE : Verification.State.MISSING);
        }
        return new Verification(findings);
    }

    private static void compare(
            List<Verification.Finding> findings,
            String part,
            Path directory,
            Map<String, FileHash> hashes,
            Verification.State absent)
            throws IOException {
        for (Map.Entry<String, FileHash> entry : hashes.entrySet()) {
            Path file = directory.resolve(entry.getKey());
            Verification.State state;
            if (!Files.isRegularFile(file)) {
                state = absent;
            } else {
                long bytes = entry.getValue().bytes();
                boolean same =
                        (bytes < 0 || Files.size(file) == bytes)
                                && FileHash.of(file).sha256().equals(entry.getValue().sha256());
                state = same ? Verification.State.SAME : Verification.State.CHANGED;
            }
            findings.add(new Verification.Finding(part, entry.getKey(), state));
        }
    }

    /** Returns the names of the files that belong to a result, without its manifest. */
    private static List<String> belonging(Path directory) throws IOException {
        try (Stream<Path> found = Files.list(directory)) {
            return found.filter(Files::isRegularFile)
                    .map(file -> String.valueOf(file.getFileName()))
                    .filter(
                            name ->
                                    !name.equals(FILE_NAME)
                                            && !name.startsWith(".")
                                            && !name.startsWith("README"))
                    .sorted()
                    .toList();
        }
    }

    /** Returns the files of the result by name. */
    public SortedMap<String, FileHash> files() {
        return new TreeMap<>(files);
    }

    /** Returns what the result was trained from by name, such as "base" and "training data". */
    public SortedMap<String, Source> sources() {
        return new TreeMap<>(sources);
    }

    /** Returns the whole manifest as JSON. */
    public String toJson() {
        return PythonJson.write(json) + "\n";
    }

    /** Builds the manifest of a training's result. Not thread-safe. */
    public static final class Builder {
        private final SortedMap<String, Source> sources = new TreeMap<>();
        private final JsonObject configuration = new JsonObject();
        private final JsonObject seeds = new JsonObject();
        private final JsonObject metrics = new JsonObject();

        private Builder() {}

        /**
         * Adds what the training read.
         *
         * @param name such as "base" or "training data"
         * @param source its files
         */
        public Builder addSource(String name, Source source) {
            sources.put(name, source);
            return this;
        }

        /**
         * Adds a part of the configuration, such as {@code config.values()} of a {@link
         * org.lora4j.train.LoraTrainingConfig}.
         *
         * @param name such as "training"
         * @param values numbers, truth values, texts, and lists of them, by name
         */
        public Builder addConfiguration(String name, Map<String, ?> values) {
            JsonObject part = new JsonObject();
            values.forEach((key, value) -> part.add(key, json(value)));
            configuration.add(name, part);
            return this;
        }

        /** Adds a seed, such as that of "dropout". */
        public Builder addSeed(String name, long seed) {
            seeds.addProperty(name, seed);
            return this;
        }

        /** Sets what the training did. */
        public Builder optResult(LoraTrainingResult result) {
            metrics.addProperty("steps", result.steps());
            metrics.addProperty("saved_step", result.restoredStep());
            metrics.addProperty("stop_reason", result.stopReason().name().toLowerCase(Locale.ROOT));
            metrics.addProperty("examples", result.examples());
            metrics.addProperty("tokens", result.tokens());
            metrics.add("train_seconds", json(result.trainSeconds()));
            metrics.add("train_loss", json(result.meanLoss()));
            result.finalValidation()
                    .ifPresent(
                            found -> {
                                JsonObject validation = new JsonObject();
                                validation.add("loss", json(found.metrics().loss()));
                                found.metrics()
                                        .values()
                                        .forEach((key, value) -> validation.add(key, json(value)));
                                metrics.add("validation", validation);
                            });
            return this;
        }

        private static JsonElement json(Object value) {
            if (value instanceof Number number) {
                return Double.isFinite(number.doubleValue())
                        ? new JsonPrimitive(number)
                        : JsonNull.INSTANCE;
            }
            if (value instanceof Collection<?> list) {
                JsonArray array = new JsonArray();
                list.forEach(each -> array.add(json(each)));
                return array;
            }
            return value instanceof Boolean flag
                    ? new JsonPrimitive(flag)
                    : new JsonPrimitive(value.toString());
        }

        /**
         * Reads the files of the result and writes the manifest beside them. Hidden files,
         * directories and a README, which is often edited later, are left out.
         *
         * @param directory the adapter's or model's directory, with all that belongs to it
         * @throws IOException if a file cannot be read, or the manifest cannot be written
         */
        public Provenance write(Path directory) throws IOException {
            SortedMap<String, FileHash> files = new TreeMap<>();
            for (String name : belonging(directory)) {
                files.put(name, FileHash.of(directory.resolve(name)));
            }
            JsonObject json = new JsonObject();
            json.addProperty(FORMAT_KEY, FORMAT);
            json.addProperty("created", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
            json.add(FILES, hashes(files));
            JsonObject from = new JsonObject();
            sources.forEach(
                    (name, source) -> {
                        JsonObject part = new JsonObject();
                        part.addProperty(DIRECTORY, source.directory());
                        part.add(FILES, hashes(source.files()));
                        from.add(name, part);
                    });
            json.add(SOURCES, from);
            json.add("configuration", configuration.deepCopy());
            json.add("seeds", seeds.deepCopy());
            JsonObject versions = new JsonObject();
            Environment.values().forEach(versions::addProperty);
            json.add("environment", versions);
            json.add("metrics", metrics.deepCopy());
            Provenance made = new Provenance(json, files, new TreeMap<>(sources));
            AtomicFiles.write(directory.resolve(FILE_NAME), AtomicFiles.Content.of(made.toJson()));
            return made;
        }

        private static JsonObject hashes(Map<String, FileHash> files) {
            JsonObject json = new JsonObject();
            files.forEach(
                    (name, hash) -> {
                        JsonObject entry = new JsonObject();
                        entry.addProperty(BYTES, hash.bytes());
                        entry.addProperty(SHA256, hash.sha256());
                        json.add(name, entry);
                    });
            return json;
        }
    }
}
