/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.listener.LoggingListener;

/** Fine-tunes a decoder on prompts and completions and saves the adapter. */
public final class CausalFineTune {
    private static final LoraConfig LORA =
            LoraConfig.builder().setRank(16).setAlpha(32).optTargetModules("all-linear").build();

    private CausalFineTune() {}

    /**
     * Runs the example.
     *
     * @param args a model directory; a .jsonl file of prompts and completions, instructions or
     *     texts; where the adapter goes
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 3) {
            throw new IllegalArgumentException("expected: MODEL_DIRECTORY TRAIN_JSONL OUTPUT");
        }
        Result result = run(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), 3, 2e-4);
        System.out.printf("perplexity %.3f, was %.3f%n", result.after(), result.before());
    }

    /**
     * What came of it.
     *
     * @param before the base's perplexity on the training data
     * @param after the adapted model's
     * @param cut how many texts were longer than a row
     */
    record Result(double before, double after, int cut) {}

    static Result run(Path directory, Path train, Path output, int epochs, double learningRate)
            throws IOException {
        CausalOptions options = CausalOptions.defaults().withMaxLength(256);
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            CausalDataset data = CausalDataset.forTraining(model, train, options);
            double before = new Evaluator(model).evaluate(data).perplexity();
            model.addAdapter("default", LORA);
            LoraTrainer.builder(model)
                    .setDataset(data)
                    .optEpochs(epochs)
                    .optConfig(c -> c.optLearningRate(learningRate).optClipNorm(1))
                    .addListener(new LoggingListener(10))
                    .build()
                    .fit();
            model.saveAdapter("default", output);
            double after = new Evaluator(model).evaluate(data).perplexity();
            return new Result(before, after, data.truncated().size());
        }
    }
}
