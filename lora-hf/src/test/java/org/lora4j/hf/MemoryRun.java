/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.core.LoraConfig;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;

/** A training alone in a JVM whose heap is touched from the start, so that what grows is native. */
final class MemoryRun {
    private MemoryRun() {}

    /** Arguments: a folder, the step of the first and of the second reading, whether to leak. */
    public static void main(String[] args) throws IOException {
        int first = Integer.parseInt(args[1]);
        int last = Integer.parseInt(args[2]);
        boolean leak = Boolean.parseBoolean(args[3]);
        Path directory =
                Golden.model(
                        Path.of(args[0]),
                        "bare",
                        json -> {
                            json.addProperty("hidden_dropout_prob", 0.1);
                            json.addProperty("attention_probs_dropout_prob", 0.1);
                        });
        try (LoraModel model =
                LoraModel.load(directory, Task.sequenceClassification("no", "yes"))) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(4)
                            .setAlpha(9)
                            .optDropout(0.1)
                            .optTargetModules("all-linear")
                            .build();
            model.addAdapter("default", config);
            BatchOptions options = BatchOptions.defaults().withBatchSize(8).withBucketing(false);
            LoraTrainer.builder(model)
                    .setDataset(TextDataset.forTraining(model, Texts.rows(64, 5), "rows", options))
                    .optSteps(last)
                    .addListener(watch(model, first, last, leak))
                    .build()
                    .fit();
        }
    }

    /** Prints the memory at two steps, and keeps an activation at each step if told to. */
    static TrainingListener watch(LoraModel model, int first, int last, boolean leak) {
        return new TrainingListener() {
            @Override
            public void onStep(StepInfo step) {
                if (leak) {
                    model.manager().ones(new Shape(8, 20, 24));
                }
                if (step.step() == first || step.step() == last) {
                    System.out.printf("resident %d%n", residentBytes());
                }
            }
        };
    }

    static long residentBytes() {
        try {
            String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1];
            return 4096 * Long.parseLong(pages);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
