/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.TextExample;

/** Runs a model over texts or pairs of texts, and puts its outputs in their order. */
final class TextRuns {
    private final LoraModel model;
    private final int batchSize;

    TextRuns(LoraModel model, int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size " + batchSize + "; expected at least 1");
        }
        this.model = model;
        this.batchSize = batchSize;
    }

    List<float[]> texts(List<String> texts) {
        List<TextExample> rows = new ArrayList<>();
        texts.forEach(text -> rows.add(new TextExample(rows.size() + 1, text, null, null)));
        return outputs(rows);
    }

    List<float[]> pairs(List<TextPair> pairs) {
        List<TextExample> rows = new ArrayList<>();
        pairs.forEach(
                pair ->
                        rows.add(
                                new TextExample(
                                        rows.size() + 1, pair.first(), pair.second(), null)));
        return outputs(rows);
    }

    private List<float[]> outputs(List<TextExample> rows) {
        if (rows.isEmpty()) {
            return List.of();
        }
        BatchOptions options =
                BatchOptions.defaults()
                        .withBatchSize(batchSize)
                        .withMaxLength(model.maxPositions());
        float[][] all = new float[rows.size()][];
        new Evaluator(model)
                .outputs(
                        TextDataset.forPrediction(model, rows, "texts", options),
                        (batch, outputs) -> {
                            int each = outputs.length / batch.size();
                            for (int i = 0; i < batch.size(); i++) {
                                all[batch.examples()[i]] =
                                        Arrays.copyOfRange(outputs, i * each, (i + 1) * each);
                            }
                        });
        return List.of(all);
    }
}
