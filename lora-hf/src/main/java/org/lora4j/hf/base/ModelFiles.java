/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.InputFile;
import org.lora4j.hf.hub.SmallFiles;
import org.lora4j.json.JsonFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The small files of a saved model beside its weights and config.json: those of its base, or those
 * of the adapter that was merged into it where it has its own.
 *
 * @param base the base's directory
 * @param adapter the directory of the adapter, or null
 */
public record ModelFiles(Path base, @Nullable Path adapter) {
    private static final Logger logger = LoggerFactory.getLogger(ModelFiles.class);

    /** The largest tokenizer.json has about 35 MB. */
    private static final long MOST_BYTES = 128L << 20;

    private static final int MOST_FILES = 200;
    private static final int MOST_LOOKED_AT = 10_000;
    private static final String SETTINGS = "tokenizer_config.json";
    private static final String TEMPLATE = "chat_template";

    /**
     * A file to write.
     *
     * @param source where it is from
     * @param text what it holds; null where it is the source, byte for byte
     */
    public record Entry(Path source, @Nullable String text) {
        byte[] bytes() throws IOException {
            return text == null
                    ? InputFile.readBytes(source, MOST_BYTES)
                    : text.getBytes(StandardCharsets.UTF_8);
        }
    }

    /**
     * Finds the files.
     *
     * @return what to write, by the path below the model's directory
     * @throws IOException if a directory or a tokenizer_config.json cannot be read
     */
    public Map<String, Entry> find() throws IOException {
        Map<String, Entry> found = new TreeMap<>();
        Map<String, Path> ofBase = list(base);
        Map<String, Path> ofAdapter = adapter == null ? new TreeMap<>() : list(adapter);
        Set<SmallFiles.Kind> replaced = replaced(ofAdapter);
        ofBase.keySet().removeIf(name -> replaced.contains(SmallFiles.kind(name)));
        ofAdapter.keySet().removeIf(name -> SmallFiles.kind(name) == SmallFiles.Kind.OTHER);
        ofBase.forEach((name, file) -> found.put(name, new Entry(file, null)));
        ofAdapter.forEach((name, file) -> found.put(name, new Entry(file, null)));
        boolean lost =
                replaced.contains(SmallFiles.Kind.TOKENIZER_SETTINGS)
                        && !replaced.contains(SmallFiles.Kind.CHAT_TEMPLATE);
        if (lost) {
            addTemplates(base.resolve(SETTINGS), found);
        }
        return found;
    }

    /** Returns whether an adapter's directory has a tokenizer or chat templates. */
    public static boolean isBroughtBy(Path adapter) {
        try {
            return Files.isDirectory(adapter) && !replaced(list(adapter)).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /**
     * Returns the kinds of the adapter's files; the base's files of these kinds would contradict
     * them.
     */
    private static Set<SmallFiles.Kind> replaced(Map<String, Path> ofAdapter) throws IOException {
        Set<SmallFiles.Kind> replaced = EnumSet.noneOf(SmallFiles.Kind.class);
        for (String name : ofAdapter.keySet()) {
            SmallFiles.Kind kind = SmallFiles.kind(name);
            boolean some = name.equals("added_tokens.json"); // a part of a vocabulary
            if (kind != null && kind != SmallFiles.Kind.OTHER && !some) {
                replaced.add(kind);
            }
        }
        Path settings = ofAdapter.get(SETTINGS);
        if (settings != null && JsonFile.readObject(settings).has(TEMPLATE)) {
            replaced.add(SmallFiles.Kind.CHAT_TEMPLATE);
        }
        return replaced;
    }

    /** Adds the templates in the base's settings, which the adapter's settings replace. */
    private static void addTemplates(Path settings, Map<String, Entry> found) throws IOException {
        JsonElement written = JsonFile.readObjectIfThere(settings).get(TEMPLATE);
        if (written instanceof JsonArray named) {
            for (JsonElement element : named) {
                if (element instanceof JsonObject one) {
                    addTemplate(settings, text(one.get("name")), one.get("template"), found);
                }
            }
        } else {
            addTemplate(settings, "default", written, found);
        }
    }

    private static void addTemplate(
            Path settings, String name, @Nullable JsonElement source, Map<String, Entry> found) {
        String file =
                name.equals("default")
                        ? "chat_template.jinja"
                        : "additional_chat_templates/" + name + ".jinja";
        String text = text(source);
        if (!text.isEmpty() && SmallFiles.kind(file) == SmallFiles.Kind.CHAT_TEMPLATE) {
            found.putIfAbsent(file, new Entry(settings, text));
        }
    }

    private static String text(@Nullable JsonElement value) {
        return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
    }

    /** Returns the files of one directory; what cannot be copied is logged and left out. */
    private static Map<String, Path> list(Path directory) throws IOException {
        Map<String, Path> found = new TreeMap<>();
        for (Path child : children(directory)) {
            String name = String.valueOf(child.getFileName());
            if (SmallFiles.kind(name) != null) {
                add(name, child, found);
            } else if (SmallFiles.isDirectory(name) && Files.isDirectory(child)) {
                for (Path inner : children(child)) {
                    String path = name + "/" + inner.getFileName();
                    if (SmallFiles.kind(path) != null) {
                        add(path, inner, found);
                    } else {
                        logger.warn("{} is not copied: it is neither settings nor text", inner);
                    }
                }
            } else if (name.endsWith(".py")) {
                logger.warn("{} is not copied: it is code; copy it if you trust it", child);
            }
        }
        return found;
    }

    private static void add(String name, Path file, Map<String, Path> found) throws IOException {
        if (!Files.isRegularFile(file)) {
            logger.warn("{} is not copied: it is not a regular file", file);
        } else if (Files.size(file) > MOST_BYTES) {
            logger.warn("{} is not copied: it has {} bytes", file, Files.size(file));
        } else if (found.size() == MOST_FILES) {
            logger.warn("{} is not copied: there are more than {} files", file, MOST_FILES);
        } else {
            found.put(name, file);
        }
    }

    private static Collection<Path> children(Path directory) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path child : stream) {
                children.add(child);
                if (children.size() == MOST_LOOKED_AT) {
                    break;
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        children.sort(null);
        return children;
    }
}
