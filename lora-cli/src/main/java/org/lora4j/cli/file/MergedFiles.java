/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.file;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.lora4j.cli.terminal.Json;
import org.lora4j.hf.hub.SmallFiles;

/**
 * The small files of a merged model, by their origin.
 *
 * @param base the names of those of the base
 * @param adapter the names of those that the adapter brought
 */
public record MergedFiles(List<String> base, List<String> adapter) {
    public static MergedFiles of(Map<String, Path> files, Path adapter) {
        List<String> ofBase = new ArrayList<>();
        List<String> ofAdapter = new ArrayList<>();
        files.forEach((name, file) -> (file.startsWith(adapter) ? ofAdapter : ofBase).add(name));
        return new MergedFiles(ofBase, ofAdapter);
    }

    /** What the merged model has from its adapter and not from its base, a line for each kind. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        say("tokenizer", name -> SmallFiles.kind(name) != SmallFiles.Kind.CHAT_TEMPLATE, lines);
        say("chat template", name -> SmallFiles.kind(name) == SmallFiles.Kind.CHAT_TEMPLATE, lines);
        return lines;
    }

    private void say(String what, Predicate<String> kind, List<String> lines) {
        List<String> names = adapter.stream().filter(kind).toList();
        if (!names.isEmpty()) {
            lines.add(what + ": the adapter's own (" + String.join(", ", names) + ")");
        }
    }

    public JsonObject json() {
        JsonObject json = new JsonObject();
        json.add("base", Json.array(base));
        json.add("adapter", Json.array(adapter));
        return json;
    }
}
