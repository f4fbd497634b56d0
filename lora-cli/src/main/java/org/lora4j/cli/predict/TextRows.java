/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.predict;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.cli.terminal.Json;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.TextDataset;
import org.lora4j.predict.TextClassifier;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextTarget;

/** Gives texts or pairs of texts a label, several, a number or a relevance. */
final class TextRows implements RowPredictor {
    private final LoraModel model;
    private final Path file;
    private final BatchOptions options;
    private long cut;

    TextRows(LoraModel model, Path file, BatchOptions options) {
        this.model = model;
        this.file = file;
        this.options = options;
    }

    @Override
    public List<JsonObject> predict(List<TextExample> rows) {
        TextDataset texts = TextDataset.forPrediction(model, rows, file.toString(), options);
        cut += texts.truncated();
        List<JsonObject> all = new ArrayList<>();
        for (Prediction prediction : new Evaluator(model).predict(texts)) {
            all.add(json(prediction));
        }
        return all;
    }

    @Override
    public long cut() {
        return cut;
    }

    private JsonObject json(Prediction prediction) {
        JsonObject json = new JsonObject();
        List<Double> probabilities =
                TextClassifier.probabilities(model.target(), prediction.logits());
        if (model.target() == TextTarget.NUMBER) {
            json.add("prediction", Json.number(prediction.logits().get(0)));
            return json;
        }
        if (model.target() == TextTarget.RELEVANCE) {
            json.add("prediction", Json.number(probabilities.get(0)));
            return json;
        }
        json.add(
                "prediction",
                model.target() == TextTarget.LABELS
                        ? likely(probabilities)
                        : new JsonPrimitive(prediction.label()));
        json.add("probabilities", Json.named(model.labels(), probabilities));
        return json;
    }

    private JsonArray likely(List<Double> probabilities) {
        JsonArray labels = new JsonArray();
        for (int i = 0; i < probabilities.size(); i++) {
            if (probabilities.get(i) > 0.5) {
                labels.add(model.labels().get(i));
            }
        }
        return labels;
    }
}
