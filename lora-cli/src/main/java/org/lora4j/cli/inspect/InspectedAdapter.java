/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.inspect;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.AdapterTensorName;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.PeftWeights;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokensConfig;

/** Describes an adapter. */
public final class InspectedAdapter {
    private final StringBuilder text = new StringBuilder();
    private final JsonObject json = new JsonObject();

    private InspectedAdapter() {}

    public static Inspection read(Path directory) throws IOException {
        PeftConfigFile file = PeftConfigFile.read(directory.resolve(PeftConfigFile.FILE_NAME));
        InspectedAdapter found = new InspectedAdapter();
        found.configuration(file);
        Path notes = directory.resolve(AdapterNotes.FILE_NAME);
        found.labels(Files.exists(notes) ? AdapterNotes.read(notes).labels() : List.of());
        found.tensors(directory);
        return new Inspection(found.text.toString().stripTrailing(), found.json);
    }

    private void line(String name, String value) {
        text.append(Words.format("%-17s%s%n", name, value));
    }

    private void configuration(PeftConfigFile file) {
        AdapterConfig method = file.method();
        json.addProperty("kind", "adapter");
        json.addProperty("method", method.peftType());
        json.addProperty("base_model", file.baseModelNameOrPath());
        json.addProperty("task_type", file.taskType());
        line("method", method.peftType());
        line("base model", String.valueOf(file.baseModelNameOrPath()));
        line("task", String.valueOf(file.taskType()));
        if (method instanceof LoraConfig lora) {
            numbers(lora);
        }
        json.addProperty("targets", Words.lower(method.targets().kind()));
        json.add("target_modules", Json.array(method.targets().names()));
        json.add("modules_to_save", Json.array(method.modulesToSave()));
        json.addProperty("peft_version", file.writtenBy());
        String names = String.join(", ", new TreeSet<>(method.targets().names()));
        boolean pattern = method.targets().kind() == TargetModules.Kind.REGEX;
        line("target modules", (pattern ? "the pattern " : "") + names);
        if (method instanceof SoftPromptConfig prompt) {
            json.addProperty("virtual_tokens", prompt.virtualTokens());
            line("virtual tokens", String.valueOf(prompt.virtualTokens()));
        }
        if (method instanceof TrainableTokensConfig tokens) {
            json.add("token_indices", Json.array(tokens.tokenIndices()));
            line("tokens", tokens.tokenIndices().toString());
        }
        if (method instanceof Ia3Config ia3) {
            json.add("feedforward_modules", Json.array(ia3.feedforward()));
            line("of them inputs", String.join(", ", ia3.feedforward()));
        }
        line("modules to save", String.join(", ", method.modulesToSave()));
        if (file.writtenBy() != null) {
            line("peft version", file.writtenBy());
        }
    }

    private void numbers(LoraConfig lora) {
        json.addProperty("rank", lora.rank());
        json.addProperty("alpha", lora.alpha());
        json.addProperty("dropout", lora.dropout());
        json.addProperty("rslora", lora.rslora());
        json.addProperty("dora", lora.dora());
        json.addProperty("bias", Words.lower(lora.bias()));
        line("rank, alpha", lora.rank() + ", " + Words.number(lora.alpha()));
        line("dropout", Words.number(lora.dropout()));
        line("scaling", lora.rslora() ? "alpha / sqrt(rank)" : "alpha / rank");
        json.addProperty("init", Words.lower(lora.init()));
        if (lora.init().isPartOfWeight()) {
            line("beginning", Words.lower(lora.init()) + ", taken off the base's weights");
        }
        if (lora.dora()) {
            line("magnitudes", "trained apart (DoRA)");
        }
    }

    private void labels(List<String> labels) {
        json.add("labels", Json.array(labels));
        if (!labels.isEmpty()) {
            line("labels", String.join(", ", labels));
        }
    }

    /** Returns the module of a weight or bias that was saved whole. */
    private static String ofTensor(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private void tensors(Path directory) throws IOException {
        Map<String, Long> modules = new LinkedHashMap<>();
        long parameters = 0;
        Path file;
        try (PeftWeights weights = PeftWeights.open(directory)) {
            file = weights.path();
            for (Map.Entry<String, Shape> tensor : new TreeMap<>(weights.shapes()).entrySet()) {
                String name = tensor.getKey();
                String module =
                        AdapterTensorName.parse(name)
                                .map(AdapterTensorName::module)
                                .orElseGet(() -> ofTensor(name));
                long size = tensor.getValue().size();
                modules.merge(module, size, Math::addExact);
                parameters = Math.addExact(parameters, size);
            }
        }
        JsonArray rows = new JsonArray();
        modules.forEach(
                (module, count) -> {
                    JsonObject row = new JsonObject();
                    row.addProperty("module", module);
                    row.addProperty("parameters", count);
                    rows.add(row);
                });
        Table table = new Table("module", "times", "parameters");
        LayerPattern.addRows(table, modules);
        table.row("total", "", Words.format("%,d", parameters));
        text.append(System.lineSeparator()).append(table);
        line("file", Words.bytes(Files.size(file)));
        json.addProperty("parameters", parameters);
        json.addProperty("bytes", Files.size(file));
        json.add("modules", rows);
    }
}
