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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.lora4j.cli.estimate.TaskOptions;
import org.lora4j.cli.file.Weights;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.estimate.TaskParameters;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.WeightFiles;

/** Describes a model, or its config alone. */
public final class InspectedModel {
    private final StringBuilder text = new StringBuilder();
    private final JsonObject json = new JsonObject();

    private InspectedModel() {}

    /**
     * Describes a model.
     *
     * @param directory where it is
     * @param wanted an adapter, of which is counted what it would train
     * @param options what the model would be trained for
     */
    public static Inspection read(Path directory, AdapterConfig wanted, TaskOptions options)
            throws IOException {
        ModelConfig config = ModelConfig.read(directory);
        InspectedModel found = new InspectedModel();
        found.head(config);
        boolean weights = Weights.bytes(directory) > 0;
        if (weights) {
            found.weights(directory);
        }
        try {
            found.modules(ParameterInventory.of(config));
            Task task = options.task(config);
            Set<String> tensors = Weights.names(directory);
            TaskParameters model =
                    tensors.isEmpty()
                            ? TaskParameters.of(config, task)
                            : TaskParameters.of(config, task, tensors);
            found.adapter(model, TaskKind.of(task), wanted);
        } catch (IOException e) {
            if (!weights) {
                throw e;
            }
            found.line(ErrorText.of(e));
        }
        return new Inspection(found.text.toString().stripTrailing(), found.json);
    }

    private void line(String line) {
        text.append(line).append(System.lineSeparator());
    }

    private void head(ModelConfig config) throws IOException {
        json.addProperty("kind", "model");
        json.addProperty("model_type", config.modelType());
        json.addProperty("architecture", config.architecture());
        String architecture = config.architecture();
        line(config.modelType() + (architecture.isEmpty() ? "" : ", " + architecture));
        List<String> labels = config.labels();
        if (labels != null) {
            json.add("labels", Json.array(labels));
            line("labels: " + String.join(", ", labels));
        }
        quantization(config);
    }

    private void quantization(ModelConfig config) throws IOException {
        ModelConfig section = config.section("quantization_config");
        if (section == null) {
            return;
        }
        String method = section.string("quant_method", "bitsandbytes");
        String bits = "";
        if (section.flag("load_in_4bit", false)) {
            bits = "4 bits (" + section.string("bnb_4bit_quant_type", "fp4") + ")";
        } else if (section.flag("load_in_8bit", false)) {
            bits = "8 bits (int8)";
        }
        JsonObject found = new JsonObject();
        found.addProperty("method", method);
        found.addProperty("format", bits);
        json.add("quantization", found);
        line("quantised: " + method + (bits.isEmpty() ? "" : ", " + bits));
    }

    private void weights(Path directory) throws IOException {
        try (WeightFiles files = WeightFiles.open(directory)) {
            Map<String, LazyTensor> tensors = files.tensors();
            Map<String, Long> byType = new TreeMap<>();
            long bytes = 0;
            for (LazyTensor tensor : tensors.values()) {
                long size = tensor.shape().size();
                byType.merge(tensor.dtype().name(), size, Math::addExact);
                bytes += tensor.dtype().byteSize(size);
            }
            JsonObject counts = new JsonObject();
            byType.forEach(counts::addProperty);
            String types =
                    byType.entrySet().stream()
                            .map(type -> Words.format("%,d %s", type.getValue(), type.getKey()))
                            .collect(Collectors.joining(", "));
            JsonObject stored = new JsonObject();
            stored.addProperty("tensors", tensors.size());
            stored.addProperty("bytes", bytes);
            stored.add("numbers", counts);
            json.add("weights", stored);
            String size = Words.bytes(bytes);
            line(Words.format("weights: %,d tensors, %s (%s)", tensors.size(), types, size));
        }
    }

    private void modules(ParameterInventory inventory) {
        Map<String, ModuleShape> first = new LinkedHashMap<>();
        Map<String, Integer> times = new LinkedHashMap<>();
        for (ModuleShape module : inventory.modules()) {
            String pattern = LayerPattern.of(module.path());
            first.putIfAbsent(pattern, module);
            times.merge(pattern, 1, Integer::sum);
        }
        Table table = new Table("module", "times", "shape", "parameters");
        JsonArray rows = new JsonArray();
        first.forEach(
                (pattern, module) -> {
                    int count = times.getOrDefault(pattern, 1);
                    long parameters = count * module.parameters();
                    String sum = Words.format("%,d", parameters);
                    table.row(pattern, Integer.toString(count), shape(module), sum);
                    JsonObject row = new JsonObject();
                    row.addProperty("module", pattern);
                    row.addProperty("times", count);
                    row.addProperty("inputs", module.inputs());
                    row.addProperty("outputs", module.outputs());
                    row.addProperty("parameters", parameters);
                    rows.add(row);
                });
        table.row("total", "", "", Words.format("%,d", inventory.parameters()));
        line("");
        text.append(table);
        json.addProperty("base_parameters", inventory.parameters());
        json.add("modules", rows);
    }

    /** Returns a module's shape, with the outputs first for a linear layer as in its weight. */
    private static String shape(ModuleShape module) {
        if (module.isLinear()) {
            return module.outputs() + "x" + module.inputs();
        }
        return module.inputs() == 0
                ? Long.toString(module.outputs())
                : module.inputs() + "x" + module.outputs();
    }

    private void adapter(TaskParameters model, TaskKind task, AdapterConfig wanted) {
        AdapterCount count = model.count(wanted);
        Table table = new Table(title(wanted), "times", "parameters");
        LayerPattern.addRows(table, count.added());
        count.saved()
                .forEach(
                        (path, own) -> table.row(path + " (whole)", "1", Words.format("%,d", own)));
        if (count.biases() > 0) {
            table.row("biases of other modules", "", Words.format("%,d", count.biases()));
        }
        line("");
        text.append(table);
        line("");
        String labels = model.outputs() > 1 ? " with " + model.outputs() + " labels" : "";
        line("trained for " + task + labels + ":");
        line(count.parameters().toString());
        json.addProperty("method", wanted.peftType());
        json.addProperty("task", task.toString());
        json.addProperty("outputs", model.outputs());
        if (wanted instanceof LoraConfig lora) {
            json.addProperty("rank", lora.rank());
        }
        json.addProperty("trainable_parameters", count.parameters().trainable());
        json.addProperty("all_parameters", count.parameters().all());
        json.addProperty("trainable_percent", count.parameters().percent());
        json.add("adapted", Json.array(count.added().keySet()));
    }

    private static String title(AdapterConfig wanted) {
        if (wanted instanceof SoftPromptConfig prompt) {
            return "beside " + prompt.virtualTokens() + " virtual tokens";
        }
        if (wanted instanceof TrainableTokensConfig tokens) {
            return tokens.tokenIndices().size() + " trained tokens";
        }
        return wanted instanceof LoraConfig lora ? "adapted at rank " + lora.rank() : "rescaled";
    }
}
