/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
 * @param regression whether a number is learnt, whatever the model's config says
 * @param batches how they are batched
 */
record ClassifierData(Rows rows, @Nullable Rows checked, boolean regression, BatchOptions batches)
        implements TrainingData<TextBatch> {

    static ClassifierData read(
            DataOptions data, @Nullable Path validation, boolean regression, BatchOptions batches)
            throws IOException {
        Rows rows = data.read();
        return new ClassifierData(
                rows, validation == null ? null : data.read(validation), regression, batches);
    }

    @Override
    public Task task(ModelConfig config) throws IOException {
        List<String> configured = config.labels();
        if (regression || (configured != null && configured.size() == 1)) {
            RegressionTargets.parse(rows.examples(), rows.source());
            if (checked != null) {
                RegressionTargets.parse(checked.examples(), checked.source());
            }
            return Task.regression();
        }
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
        TextDataset data = TextDataset.forTraining(model, rows.examples(), rows.source(), batches);
        Cuts.tell(data, rows.source(), console);
        return data;
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
