/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.torch.GradMode;

/**
 * What a batch gives whose texts have adapters of their own; the program that tools/interop runs
 * beside PEFT.
 */
final class RowsExchange {
    private RowsExchange() {}

    @SuppressWarnings("ArrayRecordComponent") // numbers of a file, read only
    private record Batch(long[][] ids, long[][] mask, List<String> adapters, int newTokens) {}

    /**
     * For each FOLDER reads FOLDER/model, FOLDER/adapters and FOLDER/batch.json; writes the logits
     * into FOLDER/ours.safetensors and of a decoder the tokens of greedy texts into
     * FOLDER/texts.json.
     */
    public static void main(String[] folders) throws IOException {
        for (String name : folders) {
            Path folder = Path.of(name);
            String json = Files.readString(folder.resolve("batch.json"));
            Batch batch = new Gson().fromJson(json, Batch.class);
            Path directory = folder.resolve("model");
            try (LoraModel model =
                    LoraModel.load(directory, Task.of(ModelConfig.read(directory)))) {
                model.loadAdapters(folder.resolve("adapters"));
                run(model, batch, folder);
            }
        }
    }

    private static void run(LoraModel model, Batch batch, Path folder) throws IOException {
        AdapterRows rows = AdapterRows.of(batch.adapters());
        try (NDManager scope = model.manager().newSubManager();
                ActiveAdapters.Scope own = model.use(rows);
                GradMode off = GradMode.off()) {
            NDList inputs = new NDList(array(scope, batch.ids()), array(scope, batch.mask()));
            NDArray logits =
                    model.block()
                            .forward(new ParameterStore(scope, false), inputs, false)
                            .singletonOrThrow();
            SafeTensorsWriter writer = new SafeTensorsWriter();
            writer.add("logits", logits);
            writer.write(folder.resolve("ours.safetensors"));
        }
        if (batch.newTokens() > 0) {
            GenerationConfig config =
                    GenerationConfig.builder()
                            .optMaxNewTokens(batch.newTokens())
                            .optTemperature(0)
                            .build();
            List<int[]> prompts =
                    Arrays.stream(batch.ids())
                            .map(row -> Arrays.stream(row).mapToInt(Math::toIntExact).toArray())
                            .toList();
            List<List<Integer>> texts =
                    TextGenerator.of(model).generateIds(prompts, rows, config).stream()
                            .map(Generation::generatedIds)
                            .toList();
            Files.writeString(folder.resolve("texts.json"), new Gson().toJson(texts));
        }
    }

    private static NDArray array(NDManager scope, long[][] rows) {
        long[] flat = Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray();
        return scope.create(flat, new Shape(rows.length, rows[0].length));
    }
}
