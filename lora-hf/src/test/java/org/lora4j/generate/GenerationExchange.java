/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;

/**
 * Texts that models of any configuration go on with; the program that tools/interop runs beside
 * transformers, one process for many models.
 */
final class GenerationExchange {
    private GenerationExchange() {}

    /**
     * One generation: a model, perhaps an adapter, prompts and how they go on; what is absent is
     * for the model's generation_config.json to say.
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a file, read only
    private record Run(
            String name,
            String model,
            @Nullable String adapter,
            int[][] prompts,
            @Nullable Integer maxNewTokens,
            @Nullable Double temperature,
            @Nullable Integer topK,
            @Nullable Double topP,
            @Nullable Double repetitionPenalty,
            long seed) {}

    @SuppressWarnings("ArrayRecordComponent") // numbers of a file, read only
    private record Runs(Run[] runs) {}

    /** What a run gave for each prompt: tokens, the text, and the pieces of it as they came. */
    private record Texts(
            List<List<Integer>> ids,
            List<String> texts,
            List<List<String>> pieces,
            List<String> finish,
            List<List<Float>> logProbabilities) {}

    /** For each FOLDER reads FOLDER/generation.json and writes FOLDER/generated.json. */
    public static void main(String[] folders) throws IOException {
        for (String name : folders) {
            Path folder = Path.of(name);
            String json = Files.readString(folder.resolve("generation.json"));
            Map<String, Texts> found = new LinkedHashMap<>();
            for (Run run : new Gson().fromJson(json, Runs.class).runs()) {
                try (LoraModel model = load(folder, run)) {
                    found.put(
                            run.name(), texts(TextGenerator.of(model).withLogProbabilities(), run));
                }
            }
            Files.writeString(folder.resolve("generated.json"), new Gson().toJson(found));
        }
    }

    private static LoraModel load(Path folder, Run run) throws IOException {
        Path model = folder.resolve(run.model());
        return run.adapter() == null
                ? LoraModel.load(model, Task.causalLanguageModel())
                : LoraModel.load(model, folder.resolve(run.adapter()), LoadOptions.defaults());
    }

    private static Texts texts(TextGenerator generator, Run run) {
        GenerationConfig config =
                new GenerationConfig(
                        run.maxNewTokens(),
                        run.temperature(),
                        run.topK(),
                        run.topP(),
                        run.repetitionPenalty(),
                        List.of(),
                        Set.of(),
                        run.seed());
        List<Generation> together = generator.generateIds(Arrays.asList(run.prompts()), config);
        Texts texts =
                new Texts(
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>());
        for (int i = 0; i < run.prompts().length; i++) {
            List<String> pieces = new ArrayList<>();
            if (i == 0) { // another text has another draw
                generator.generate(run.prompts()[i], config, pieces::add);
            }
            texts.ids().add(together.get(i).generatedIds());
            texts.texts().add(together.get(i).text());
            texts.pieces().add(pieces);
            texts.finish().add(together.get(i).finish().name());
            texts.logProbabilities().add(together.get(i).logProbabilities());
        }
        return texts;
    }
}
