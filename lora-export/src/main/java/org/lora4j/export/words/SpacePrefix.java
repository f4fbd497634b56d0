/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.words;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;

/**
 * Whether a tokenizer of SentencePiece's kind puts a space before a text, as its normaliser or its
 * pre-tokenizer says. Both write spaces as U+2581, which is what llama.cpp does by itself.
 */
final class SpacePrefix {
    private SpacePrefix() {}

    static boolean of(TokenizerJson json) throws IOException {
        boolean prefix = false;
        JsonObject normalizer = json.part("normalizer");
        switch (PreTokenizers.type(normalizer)) {
            case "Sequence" -> {
                for (JsonElement step : normalizer.getAsJsonArray("normalizers")) {
                    prefix |= step(json, step.getAsJsonObject());
                }
            }
            case "" -> {
                // nothing is changed
            }
            default -> prefix = step(json, normalizer);
        }
        JsonObject before = json.part("pre_tokenizer");
        return switch (PreTokenizers.type(before)) {
            case "", "Split" -> prefix; // Gemma splits at spaces that are written as U+2581
            case "Metaspace" ->
                    !before.has("prepend_scheme")
                            ? PreTokenizers.flag(before, "add_prefix_space", true)
                            : !before.get("prepend_scheme").getAsString().equals("never");
            default -> throw unknown(json, "pre_tokenizer", before);
        };
    }

    private static boolean step(TokenizerJson json, JsonObject step) throws IOException {
        return switch (PreTokenizers.type(step)) {
            case "Prepend" -> {
                if (!step.get("prepend").getAsString().equals("\u2581")) {
                    throw unknown(json, "normalizer", step);
                }
                yield true;
            }
            case "Replace" -> {
                boolean space =
                        step.getAsJsonObject("pattern").has("String")
                                && step.getAsJsonObject("pattern")
                                        .get("String")
                                        .getAsString()
                                        .equals(" ");
                if (!space || !step.get("content").getAsString().equals("\u2581")) {
                    throw unknown(json, "normalizer", step);
                }
                yield false;
            }
            default -> throw unknown(json, "normalizer", step);
        };
    }

    private static IOException unknown(TokenizerJson json, String what, JsonObject part) {
        return new IOException(
                "%s: its %s has a part that llama.cpp does not know: %s"
                        .formatted(json.file(), what, part));
    }
}
