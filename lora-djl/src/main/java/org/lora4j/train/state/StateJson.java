/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The numbers of a training's state in a checkpoint.
 *
 * @param progress its counters and losses
 * @param used the batches of the epoch that were used
 * @param marks what its listeners need, by their names
 * @param notes what its task needs
 */
public record StateJson(
        JsonObject progress, UsedBatches used, Map<String, String> marks, String notes) {

    /** Writes the object that {@link #read} reads. */
    public static JsonObject write(
            JsonObject progress, UsedBatches used, Map<String, String> marks, String notes) {
        JsonObject data = new JsonObject();
        data.addProperty("place", used.place());
        data.addProperty("hash", used.hash());
        data.addProperty("promised", used.promised());
        JsonObject listeners = new JsonObject();
        marks.forEach(listeners::addProperty);
        JsonObject json = new JsonObject();
        json.add("progress", progress);
        json.add("data", data);
        json.add("listeners", listeners);
        json.addProperty("task", notes);
        return json;
    }

    /** Reads what {@link #write} wrote. */
    public static StateJson read(JsonObject json) {
        JsonObject data = json.getAsJsonObject("data");
        Map<String, String> marks = new LinkedHashMap<>();
        json.getAsJsonObject("listeners")
                .entrySet()
                .forEach(e -> marks.put(e.getKey(), e.getValue().getAsString()));
        return new StateJson(
                json.getAsJsonObject("progress"),
                new UsedBatches(
                        data.get("place").getAsString(),
                        data.get("hash").getAsString(),
                        data.get("promised").getAsInt()),
                marks,
                json.get("task").getAsString());
    }
}
