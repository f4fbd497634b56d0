/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.inspect;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.torchscript.ScriptArchive;
import org.lora4j.torchscript.ScriptModule;
import org.lora4j.torchscript.ScriptParameter;

/** What a TorchScript file holds: its modules, and which of their weights can be adapted. */
public final class InspectedScript {
    private final Map<List<String>, Integer> rows = new LinkedHashMap<>();
    private final Map<String, String> reasons = new LinkedHashMap<>();
    private final JsonArray modules = new JsonArray();
    private long numbers;
    private int adaptable;

    private InspectedScript() {}

    /**
     * Reads a file's modules; the weights stay on disk.
     *
     * @throws IOException if the file is not a TorchScript archive
     */
    public static Inspection read(Path file) throws IOException {
        InspectedScript found = new InspectedScript();
        List<String> adapted;
        try (ScriptArchive archive = ScriptArchive.open(file)) {
            archive.modules().forEach(found::add);
            adapted = archive.adapters().stream().map(each -> each.target().path()).toList();
        }
        return found.inspection(file, adapted);
    }

    private void add(ScriptModule module) {
        JsonArray parameters = new JsonArray();
        for (ScriptParameter parameter : module.parameters()) {
            numbers += parameter.shape().size();
            parameters.add(json(parameter));
            String path = LayerPattern.of(module.path());
            String shape = shape(parameter);
            String mode = mode(parameter);
            adaptable += parameter.adaptable().isPresent() ? 1 : 0;
            List<String> row = List.of(path, module.originalName(), parameter.name(), shape, mode);
            rows.merge(row, 1, Integer::sum);
            if (parameter.shape().dimension() > 1 && !parameter.reason().isEmpty()) {
                reasons.putIfAbsent(path + "." + parameter.name(), parameter.reason());
            }
        }
        JsonObject json = new JsonObject();
        json.addProperty("module", module.path());
        json.addProperty("type", module.originalName());
        json.add("parameters", parameters);
        modules.add(json);
    }

    private static JsonObject json(ScriptParameter parameter) {
        JsonObject json = new JsonObject();
        json.addProperty("name", parameter.name());
        json.addProperty("dtype", dtype(parameter));
        JsonArray shape = new JsonArray();
        LongStream.of(parameter.shape().getShape()).forEach(shape::add);
        json.add("shape", shape);
        json.addProperty("adaptable", parameter.adaptable().isPresent());
        parameter
                .adaptable()
                .ifPresent(
                        how -> {
                            json.addProperty("mode", how.mode().name().toLowerCase(Locale.ROOT));
                            json.addProperty("form", how.form().name().toLowerCase(Locale.ROOT));
                        });
        json.addProperty("reason", parameter.reason());
        return json;
    }

    private static String dtype(ScriptParameter parameter) {
        return parameter.dtype() == null ? parameter.storageType() : parameter.dtype().name();
    }

    private static String shape(ScriptParameter parameter) {
        String sizes =
                LongStream.of(parameter.shape().getShape())
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining("x"));
        return (sizes.isEmpty() ? "scalar" : sizes) + " " + dtype(parameter);
    }

    private static String mode(ScriptParameter parameter) {
        return parameter
                .adaptable()
                .map(
                        how ->
                                "%s, %s mode"
                                        .formatted(how.form(), how.mode())
                                        .toLowerCase(Locale.ROOT))
                .orElse("");
    }

    private Inspection inspection(Path file, List<String> adapted) {
        Table table = new Table("module", "type", "weight", "times", "shape", "adapted as");
        rows.forEach(
                (row, times) ->
                        table.row(
                                row.get(0).isEmpty() ? "(root)" : row.get(0),
                                row.get(1),
                                row.get(2),
                                Integer.toString(times),
                                row.get(3),
                                row.get(4)));
        StringBuilder text = new StringBuilder();
        text.append(
                Words.format(
                        "TorchScript, %,d modules, %,d numbers; %,d weights can be adapted%n%n",
                        modules.size(), numbers, adaptable));
        text.append(table);
        reasons.forEach((path, why) -> text.append(Words.format("%n%s: %s", path, why)));
        if (!adapted.isEmpty()) {
            text.append(Words.format("%nadapted: %s", String.join(", ", adapted)));
        }
        JsonObject json = new JsonObject();
        json.addProperty("kind", "torchscript");
        json.addProperty("file", file.toString());
        json.addProperty("numbers", numbers);
        json.addProperty("adaptable", adaptable);
        json.add("modules", modules);
        JsonArray carried = new JsonArray();
        adapted.forEach(carried::add);
        json.add("adapted", carried);
        return new Inspection(text.toString().stripTrailing(), json);
    }
}
