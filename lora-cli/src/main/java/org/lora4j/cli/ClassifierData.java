/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.LabelSet;
import org.lora4j.text.RegressionTargets;

/**
 * Texts with labels, or with numbers.
 *
 * @param rows the training data
 * @param checked the validation data, if any
 * @param regression whether a number is learnt
 * @param newHead whether the model's own labels do not count, as its head is drawn anew
 * @param batches how they are batched
 */
record ClassifierData(
        Rows rows,
        @Nullable Rows checked,
        boolean regression,
        boolean newHead,
        BatchOptions batches)
        implements TrainingData<TextBatch> {
    private static final int MOST_LABELS = 20;
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+(\\.[0-9]*)?");

    static ClassifierData read(
            DataOptions data,
            @Nullable Path validation,
            boolean regression,
            boolean newHead,
            BatchOptions batches)
            throws IOException {
        Rows rows = data.read();
        return new ClassifierData(
                rows,
                validation == null ? null : data.read(validation),
                regression,
                newHead,
                batches);
    }

    @Override
    public Task task(ModelConfig config) throws IOException {
        if (regression) {
            RegressionTargets.parse(rows.examples(), rows.source());
            if (checked != null) {
                RegressionTargets.parse(checked.examples(), checked.source());
            }
            return Task.regression();
        }
        List<String> configured = newHead ? null : config.labels();
        LabelSet labels = LabelSet.forTraining(LabelSet.labelsOf(rows.examples()), configured);
        if (labels.size() == 1) {
            throw new IOException(
                    rows.source()
                            + ": every row has the label '"
                            + labels.names().get(0)
                            + "'; a classifier needs two at least (--task regression learns"
                            + " numbers)");
        }
        if (checked != null) {
            labels.indices(checked.examples(), checked.source());
        }
        return Task.sequenceClassification(labels.names().toArray(String[]::new));
    }

    @Override
    public TextDataset training(LoraModel model, Console console) {
        tellLabels(model, console);
        TextDataset data = TextDataset.forTraining(model, rows.examples(), rows.source(), batches);
        Cuts.tell(data, rows.source(), console);
        return data;
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
    public @Nullable TextDataset validation(LoraModel model, Console console) {
        if (checked == null) {
            return null;
        }
        TextDataset data =
                TextDataset.forEvaluation(model, checked.examples(), checked.source(), batches);
        Cuts.tell(data, checked.source(), console);
        return data;
    }
}
