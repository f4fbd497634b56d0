/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.cli.file.Weights;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.ValidationInfo;

/** The results of a training, for people and as JSON. */
record TrainingReport(
        LoraTrainingResult result,
        TrainableParameters parameters,
        OptionalLong peakMegabytes,
        Path place,
        boolean full) {

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("steps", result.steps());
        json.add("train_seconds", Json.number(result.trainSeconds()));
        json.add("examples_per_second", Json.number(result.examplesPerSecond()));
        json.add("train_loss", Json.number(result.meanLoss()));
        json.add("validation", JsonNull.INSTANCE);
        result.finalValidation()
                .ifPresent(found -> json.add("validation", Json.metrics(found.metrics())));
        json.addProperty("trainable_parameters", parameters.trainable());
        json.addProperty("all_parameters", parameters.all());
        json.add("peak_rss_mb", Memory.json(peakMegabytes));
        json.addProperty("adapter", place.toString());
        json.addProperty("method", full ? "full" : "lora");
        json.addProperty("stop_reason", Words.lower(result.stopReason()));
        json.addProperty("saved_step", result.restoredStep());
        json.add("tokens_per_second", Json.number(result.tokensPerSecond()));
        return json;
    }

    String text(Path base) throws IOException {
        StringBuilder text = new StringBuilder();
        if (result.stopReason() != StopReason.COMPLETED) {
            text.append(Words.lower(result.stopReason()).replace('_', ' ')).append(" after ");
        }
        text.append(
                Words.format(
                        "%,d steps in %s, %.0f examples/s, %,.0f tokens/s, mean loss %.4f%n",
                        result.steps(),
                        Words.duration(result.trainSeconds()),
                        result.examplesPerSecond(),
                        result.tokensPerSecond(),
                        result.meanLoss()));
        if (result.finalValidation().isPresent()) {
            ValidationInfo found = result.finalValidation().get();
            String metrics = Words.of(found.metrics());
            text.append(Words.format("validation after step %d: %s%n", found.step(), metrics));
        }
        peakMegabytes.ifPresent(peak -> text.append(Words.format("peak memory %,d MB%n", peak)));
        if (full) {
            return text + "model: %s (%s)".formatted(place, Words.bytes(Weights.bytes(place)));
        }
        long bytes = Files.size(place.resolve(PeftAdapter.WEIGHTS_FILE));
        String whole = Words.bytes(Weights.bytes(base));
        return text
                + "adapter: %s (%s; the base has %s)".formatted(place, Words.bytes(bytes), whole);
    }
}
