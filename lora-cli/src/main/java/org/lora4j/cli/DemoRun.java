/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.TrainableParameters;
import org.lora4j.train.LoraTrainingResult;

/**
 * One way of training, and what came of it.
 *
 * @param parameters how many weights there are and how many trained
 * @param training how it went
 * @param peak the most memory in MB, from the start of the program or of this way
 * @param bytes the size of what it saves
 * @param before which of the unseen addresses the base answers exactly
 * @param after which of them the trained model does
 * @param test the same of the user's addresses, if there are any
 */
record DemoRun(
        TrainableParameters parameters,
        LoraTrainingResult training,
        OptionalLong peak,
        long bytes,
        List<Boolean> before,
        List<Boolean> after,
        @Nullable List<Boolean> test) {
    static double share(List<Boolean> exact) {
        return (double) exact.stream().filter(e -> e).count() / exact.size();
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("trainable_parameters", parameters.trainable());
        json.addProperty("all_parameters", parameters.all());
        json.addProperty("steps", training.steps());
        json.add("train_seconds", Json.number(training.trainSeconds()));
        json.add("tokens_per_second", Json.number(training.tokensPerSecond()));
        json.add("peak_memory_mb", Memory.json(peak));
        json.addProperty("bytes", bytes);
        json.addProperty("exact_before", share(before));
        json.addProperty("exact_after", share(after));
        json.add("exact_test", test == null ? JsonNull.INSTANCE : Json.number(share(test)));
        return json;
    }
}
