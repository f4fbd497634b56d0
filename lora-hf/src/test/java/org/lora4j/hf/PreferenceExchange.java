/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.hf.preference.PreferenceBatch;
import org.lora4j.hf.preference.PreferenceLoss;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.sample.PreferenceReader;
import org.lora4j.train.metric.EvaluationMetrics;

/** A step of a training by preferences; the program that tools/interop runs beside TRL. */
final class PreferenceExchange {
    private PreferenceExchange() {}

    private record Run(String kind, double beta, double labelSmoothing, int maxLength) {}

    private record Found(
            long[] ids,
            long[] labels,
            int[] lengths,
            double loss,
            Map<String, Double> metrics,
            double evaluated,
            Map<String, float[]> gradients) {}

    /**
     * For each FOLDER reads FOLDER/model, FOLDER/adapter, FOLDER/pairs.jsonl and FOLDER/runs.json;
     * writes what each run gives into FOLDER/ours.json: the pairs are one batch.
     */
    public static void main(String[] folders) throws IOException {
        for (String name : folders) {
            Path folder = Path.of(name);
            Map<String, Found> found = new LinkedHashMap<>();
            try (LoraModel model =
                    LoraModel.load(
                            folder.resolve("model"),
                            folder.resolve("adapter"),
                            LoadOptions.defaults())) {
                model.trainAdapter("default");
                Run[] runs =
                        new Gson()
                                .fromJson(
                                        Files.readString(folder.resolve("runs.json")), Run[].class);
                for (Run run : runs) {
                    found.put(run.kind(), step(model, folder.resolve("pairs.jsonl"), run));
                }
            }
            Files.writeString(folder.resolve("ours.json"), new Gson().toJson(found));
        }
    }

    private static Found step(LoraModel model, Path file, Run run) throws IOException {
        PreferenceLoss loss =
                new PreferenceLoss(
                        PreferenceLoss.Kind.valueOf(run.kind()), run.beta(), run.labelSmoothing());
        PreferenceDataset data =
                PreferenceDataset.forEvaluation(
                        model,
                        PreferenceReader.read(file, OnBadLine.FAIL),
                        loss,
                        BatchOptions.defaults().withBatchSize(1000).withMaxLength(run.maxLength()));
        PreferenceBatch batch = data.epoch(0).iterator().next();
        StepGradients step =
                StepGradients.of(
                        model.trainingTask(PreferenceBatch.class),
                        StepGradients.fixed(PreferenceBatch.class, List.of(batch)),
                        1,
                        c -> c);
        EvaluationMetrics metrics = new Evaluator(model).evaluate(data);
        return new Found(
                batch.packed().ids(),
                batch.packed().labels(),
                batch.packed().lengths(),
                step.loss(),
                metrics.values(),
                metrics.loss(),
                step.byPath());
    }
}
