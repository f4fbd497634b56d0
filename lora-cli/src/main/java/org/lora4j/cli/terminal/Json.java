/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Collection;
import java.util.List;
import org.lora4j.train.metric.EvaluationMetrics;

/** Makes JSON of numbers, in which NaN and infinities are null, of lists and of metrics. */
public final class Json {
    private static final Gson GSON = new Gson();

    private Json() {}

    public static JsonElement number(double value) {
        return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
    }

    /** Returns an array of texts or numbers. */
    public static JsonArray array(Collection<?> values) {
        return GSON.toJsonTree(values).getAsJsonArray();
    }

    /** Returns an object of numbers by their names. */
    public static JsonObject named(List<String> names, List<Double> values) {
        JsonObject json = new JsonObject();
        for (int i = 0; i < names.size(); i++) {
            json.add(names.get(i), number(values.get(i)));
        }
        return json;
    }

    /**
     * Returns the loss and accuracy and f1_macro, or mse, pearson and spearman, or the rewards of
     * preferences, or perplexity.
     */
    public static JsonObject metrics(EvaluationMetrics metrics) {
        JsonObject json = new JsonObject();
        metrics.values().forEach((name, value) -> json.add(name, number(value)));
        if (json.isEmpty()) { // a language model's
            json.add("perplexity", number(metrics.perplexity()));
        }
        json.add("loss", number(metrics.loss()));
        return json;
    }
}
