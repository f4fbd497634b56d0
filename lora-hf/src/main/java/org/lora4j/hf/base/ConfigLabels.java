/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;

/** What config.json says of a head: its architecture and its labels. */
public final class ConfigLabels {
    private ConfigLabels() {}

    /**
     * Writes a head.
     *
     * @param config gets architectures and vocab_size, beside what {@link #write(JsonObject, List)}
     *     writes
     * @param architecture the class that transformers gives the model
     * @param vocabulary the number of tokens
     * @param labels the names in the order of their ids
     */
    public static void write(
            JsonObject config, String architecture, int vocabulary, List<String> labels) {
        JsonArray architectures = new JsonArray();
        architectures.add(architecture);
        config.add("architectures", architectures);
        config.addProperty("vocab_size", vocabulary);
        write(config, labels);
    }

    /**
     * Writes labels.
     *
     * @param config gets id2label and label2id
     * @param labels the names in the order of their ids
     */
    private static void write(JsonObject config, List<String> labels) {
        JsonObject names = new JsonObject();
        JsonObject ids = new JsonObject();
        for (int i = 0; i < labels.size(); i++) {
            names.addProperty(Integer.toString(i), labels.get(i));
            ids.addProperty(labels.get(i), i);
        }
        config.remove("num_labels"); // transformers counts id2label
        config.add("id2label", names);
        config.add("label2id", ids);
    }
}
