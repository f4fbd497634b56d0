/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.text.table.LabelSet;
import org.lora4j.train.BatchSource;

/**
 * Texts with labels, or with numbers.
 *
 * @param texts the training data
 * @param checked the validation data, if any
 * @param regression whether a number is learnt
 * @param newHead whether the model's own labels do not count, as its head is drawn anew
 * @param batches how they are batched
 */
public record ClassifierData(
        LabelledTexts texts,
        @Nullable LabelledTexts checked,
        boolean regression,
        boolean newHead,
        BatchOptions batches)
        implements TrainingData<TextBatch> {
    private static final int MOST_LABELS = 20;
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+(\\.[0-9]*)?");

    public static ClassifierData read(
            DataOptions data,
            @Nullable Path validation,
            boolean regression,
            boolean newHead,
            BatchOptions batches)
            throws IOException {
        return new ClassifierData(
                data.read(data.file()),
                validation == null ? null : data.read(validation),
                regression,
                newHead,
                batches);
    }

    @Override
    public Task task(ModelConfig config) throws IOException {
        if (regression) {
            texts.requireNumbers();
            if (checked != null) {
                checked.requireNumbers();
            }
            return Task.regression();
        }
        List<String> configured = newHead ? null : config.labels();
        LabelSet labels = LabelSet.forTraining(texts.labels(), configured);
        if (labels.size() == 1) {
            throw new IOException(
                    texts.source()
                            + ": every row has the label '"
                            + labels.names().get(0)
                            + "'; a classifier needs two at least (--task regression learns"
                            + " numbers)");
        }
        if (checked != null) {
            checked.requireLabels(labels);
        }
        return Task.sequenceClassification(labels.names().toArray(String[]::new));
    }

    @Override
    public BatchSource<TextBatch> training(LoraModel model, Console console) {
        tellLabels(model, console);
        DataOptions.tellPositions(batches, DataOptions.LABELLED_LENGTH, model, console);
        return texts.training(model, batches, console);
    }

    /** A head's rows mean labels in their order, and fractions are seldom meant as names. */
    private static void tellLabels(LoraModel model, Console console) {
        List<String> labels = model.labels();
        if (labels.isEmpty()) {
            return;
        }
        int shown = Math.min(labels.size(), MOST_LABELS);
        console.say(
                "labels: "
                        + String.join(", ", labels.subList(0, shown))
                        + (shown < labels.size() ? ", ... (" + labels.size() + ")" : ""));
        if (labels.stream().allMatch(NUMBER.asMatchPredicate())
                && labels.stream().anyMatch(label -> label.contains("."))) {
            console.say(
                    "each number, such as "
                            + labels.get(0)
                            + ", is a label of its own; --task regression learns numbers");
        }
    }

    @Override
    public @Nullable BatchSource<TextBatch> validation(LoraModel model, Console console) {
        return checked == null ? null : checked.evaluation(model, batches, console);
    }
}
