/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.cli.address.Address;
import org.lora4j.safetensors.AtomicFiles;
import org.lora4j.text.PromptCompletion;
import org.lora4j.text.TrainingSamples;

/** How an address is put to a language model, and what it should write. */
final class AddressPrompts {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private AddressPrompts() {}

    static String prompt(String address) {
        return "address: " + address + "\n";
    }

    static TrainingSamples samples(String source, List<Address> addresses) {
        return TrainingSamples.of(
                source,
                addresses.stream()
                        .map(a -> new PromptCompletion(0, prompt(a.text()), a.json()))
                        .toList());
    }

    /** Writes what {@code lora4j train} reads: a prompt and a completion a line. */
    static void write(Path file, List<Address> addresses) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Address address : addresses) {
            JsonObject line = new JsonObject();
            line.addProperty("prompt", prompt(address.text()));
            line.addProperty("completion", address.json());
            lines.append(GSON.toJson(line)).append('\n');
        }
        AtomicFiles.write(file, AtomicFiles.Content.of(lines.toString()));
    }
}
