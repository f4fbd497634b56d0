/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.lora4j.block.LoraContext;
import org.lora4j.safetensors.TensorDtype;
import org.lora4j.text.TextTokenizer;
import org.lora4j.torch.TorchKernels;

/**
 * What a model consists of once it is loaded; closing frees all of it.
 *
 * @param directory where it was loaded from
 * @param name its name or path, for the files of adapters
 * @param config its configuration
 * @param family its family
 * @param manager who owns its weights
 * @param block its blocks
 * @param tokenizer its tokenizer
 * @param labels its labels; empty for a regression
 * @param drawn the layers that the checkpoint did not have
 * @param seed the seed they were drawn with
 * @param dtype the precision of its weights
 */
record LoadedModel(
        Path directory,
        String name,
        ModelConfig config,
        ModelFamily family,
        NDManager manager,
        SequenceClassifier block,
        TextTokenizer tokenizer,
        List<String> labels,
        Set<String> drawn,
        long seed,
        TensorDtype dtype)
        implements AutoCloseable {

    static LoadedModel load(Path directory, Task task, LoadOptions options) throws IOException {
        ModelConfig config = ModelConfig.read(directory);
        ModelFamily family = ModelFamilies.of(config);
        NDManager manager = Engine.getEngine("PyTorch").newBaseManager(options.device());
        TextTokenizer tokenizer = null;
        try (Checkpoint weights =
                new Checkpoint(
                        directory,
                        manager,
                        options.dtype(),
                        family::rename,
                        config.number("initializer_range", 0.02),
                        options.seed())) {
            List<String> labels = labels(task, config, family, weights, directory);
            LoraContext context = LoraContext.of(new TorchKernels(), options.seed());
            int classes = Math.max(1, labels.size());
            SequenceClassifier block = family.sequenceClassifier(config, weights, classes, context);
            weights.finish();
            tokenizer = TextTokenizer.load(directory);
            String name =
                    options.nameOrPath().isEmpty() ? directory.toString() : options.nameOrPath();
            return new LoadedModel(
                    directory,
                    name,
                    config,
                    family,
                    manager,
                    block,
                    tokenizer,
                    labels,
                    weights.drawn(),
                    options.seed(),
                    options.dtype());
        } catch (IOException | RuntimeException e) {
            if (tokenizer != null) {
                tokenizer.close();
            }
            manager.close();
            throw e;
        }
    }

    private static List<String> labels(
            Task task, ModelConfig config, ModelFamily family, Checkpoint weights, Path directory)
            throws IOException {
        String head = family.classifierOutput() + ".weight";
        int rows = weights.has(head) ? weights.rows(head) : 0;
        if (rows > 0 && config.string("problem_type", "").equals("multi_label_classification")) {
            throw new IOException(
                    directory
                            + ": problem_type is multi_label_classification, which is not"
                            + " supported; expected one label for each text");
        }
        if (task instanceof Task.Regression) {
            requireRows(directory, head, rows, 1);
            return List.of();
        }
        List<String> asked = ((Task.SequenceClassification) task).labels();
        if (!asked.isEmpty()) {
            requireRows(directory, head, rows, asked.size());
            return asked;
        }
        if (rows == 0) {
            throw new IOException(
                    directory
                            + ": the checkpoint has no classification head ("
                            + head
                            + "), so it cannot say which labels there are; name them with"
                            + " Task.sequenceClassification(\"negative\", \"positive\")");
        }
        if (rows == 1) {
            throw new IOException(
                    directory
                            + ": the checkpoint's head "
                            + head
                            + " has one output, so it predicts a number; expected"
                            + " Task.regression()");
        }
        List<String> configured = config.labels();
        if (configured != null && configured.size() == rows) {
            return configured;
        }
        List<String> numbered = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            numbered.add("LABEL_" + i);
        }
        return numbered;
    }

    private static void requireRows(Path directory, String head, int found, int wanted)
            throws IOException {
        if (found != 0 && found != wanted) {
            throw new IOException(
                    directory
                            + ": the checkpoint's head "
                            + head
                            + " has "
                            + found
                            + " outputs and the task needs "
                            + wanted
                            + "; use the checkpoint's labels, or a checkpoint without a head");
        }
    }

    @Override
    public void close() {
        tokenizer.close();
        manager.close();
    }
}
