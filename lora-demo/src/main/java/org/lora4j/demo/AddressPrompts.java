/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.demo.address.Address;
import org.lora4j.files.AtomicFiles;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.sample.PromptCompletion;
import org.lora4j.text.sample.TrainingSamples;

/** The prompts of addresses, and what a language model should write after them. */
final class AddressPrompts {
    private static final GenerationConfig GREEDY =
            GenerationConfig.builder().optMaxNewTokens(110).optTemperature(0).build();
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private AddressPrompts() {}

    private static String prompt(String address) {
        return "address: " + address + "\n";
    }

    static TrainingSamples samples(String source, List<Address> addresses) {
        return TrainingSamples.of(
                source,
                addresses.stream()
                        .map(a -> new PromptCompletion(0, prompt(a.text()), a.json()))
                        .toList());
    }

    /** Writes a file for {@code lora4j train}, with a prompt and a completion in each line. */
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

    /** Returns what a model writes for a few addresses with the likeliest token each time. */
    static List<DemoAnswer> answers(LoraModel model, List<Address> addresses) {
        List<String> prompts = addresses.stream().map(a -> prompt(a.text())).toList();
        List<Generation> made = TextGenerator.of(model).generate(prompts, GREEDY);
        List<DemoAnswer> answers = new ArrayList<>();
        for (int i = 0; i < addresses.size(); i++) {
            Address address = addresses.get(i);
            String text = made.get(i).text();
            answers.add(new DemoAnswer(address.text(), text, address.isAnsweredBy(text)));
        }
        return answers;
    }
}
