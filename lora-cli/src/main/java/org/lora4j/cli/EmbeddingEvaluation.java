/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.option.LoadedModelOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.embed.EmbeddingDataset;
import org.lora4j.embed.EmbeddingTexts;
import org.lora4j.embed.Retrieval;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingLoss;
import org.lora4j.train.metric.EvaluationMetrics;

/**
 * Measures embeddings: the correlation of cosines with the scores of pairs, or how well the second
 * texts are found by the first ones.
 *
 * @param model the model and its adapter
 * @param file the texts
 */
record EmbeddingEvaluation(LoadedModelOptions model, Path file) {
    /**
     * Measures and reports.
     *
     * @param directory the model's
     * @param predictions where to write what each text is given, which there is not
     */
    public void run(Path directory, @Nullable Path predictions, Console console)
            throws IOException {
        if (predictions != null) {
            throw new IOException(
                    "--predictions is for labels; lora4j embed writes the vectors of texts");
        }
        EmbeddingTexts texts = EmbeddingTexts.read(file);
        try (LoraModel loaded = model.load(directory, Task.embedding())) {
            JsonObject json = texts.isScored() ? scored(loaded, texts) : retrieval(loaded, texts);
            json.entrySet()
                    .forEach(
                            each ->
                                    console.say(
                                            "%s %.4f",
                                            each.getKey(), each.getValue().getAsDouble()));
            console.result(json);
        }
    }

    private static JsonObject scored(LoraModel model, EmbeddingTexts texts) {
        BatchOptions batches =
                BatchOptions.defaults().withShuffle(false).withMaxLength(Integer.MAX_VALUE);
        EvaluationMetrics metrics =
                new Evaluator(model)
                        .evaluate(
                                EmbeddingDataset.forEvaluation(
                                        model, texts, EmbeddingLoss.cosineSimilarity(), batches));
        return Json.metrics(metrics);
    }

    private static JsonObject retrieval(LoraModel model, EmbeddingTexts texts) {
        JsonObject json = new JsonObject();
        try (TextEmbedder embedder = new TextEmbedder(model)) {
            Map<String, Double> found = Retrieval.of(texts).evaluate(embedder);
            found.forEach((name, value) -> json.add(Words.format("%s", name), Json.number(value)));
            if (texts.columns() > 2) {
                BatchOptions batches =
                        BatchOptions.defaults().withShuffle(false).withMaxLength(Integer.MAX_VALUE);
                EvaluationMetrics metrics =
                        new Evaluator(model)
                                .evaluate(
                                        EmbeddingDataset.forEvaluation(
                                                model,
                                                texts,
                                                EmbeddingLoss.multipleNegativesRanking(),
                                                batches));
                json.add("cosine_accuracy", Json.metrics(metrics).get("cosine_accuracy"));
            }
        }
        return json;
    }
}
