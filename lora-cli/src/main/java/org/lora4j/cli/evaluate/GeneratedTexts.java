/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.evaluate;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.file.JsonLinesFile;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.RougeL;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.sample.PromptCompletion;
import org.lora4j.text.sample.TrainingSample;
import org.lora4j.text.sample.TrainingSamples;

/** Lets a language model go on with prompts, and compares what it writes with what was wanted. */
public final class GeneratedTexts {
    private static final int BATCH = 8;

    private final List<PromptCompletion> samples = new ArrayList<>();

    /**
     * Takes samples.
     *
     * @param all the samples
     * @throws IOException if one is no prompt with its completion
     */
    public GeneratedTexts(TrainingSamples all) throws IOException {
        for (TrainingSample sample : all.samples()) {
            if (!(sample instanceof PromptCompletion pair)) {
                throw new IOException(
                        "%s, line %d: --generate goes on with prompts; expected prompt and completion, or instructions"
                                .formatted(all.source(), sample.line()));
            }
            samples.add(pair);
        }
    }

    /**
     * Generates and compares.
     *
     * @param model a language model
     * @param config how texts are generated
     * @param predictions where prompts, texts and wanted texts go, or null
     * @param json gets exact_match, the share of texts that are the wanted ones but for spaces
     *     around them, and rouge_l, the mean of {@link RougeL}
     */
    public void run(
            LoraModel model,
            GenerationConfig config,
            @Nullable Path predictions,
            JsonObject json,
            Console console)
            throws IOException {
        TextGenerator generator =
                TextGenerator.of(model).withBatchSize(BATCH).withLogProbabilities();
        List<Generation> made =
                generator.generate(samples.stream().map(PromptCompletion::prompt).toList(), config);
        double exact = 0;
        double rouge = 0;
        for (int i = 0; i < made.size(); i++) {
            String wanted = samples.get(i).completion();
            String text = made.get(i).text();
            exact += wanted.strip().equals(text.strip()) ? 1 : 0;
            rouge += RougeL.of(wanted, text);
        }
        json.add("exact_match", Json.number(exact / made.size()));
        json.add("rouge_l", Json.number(rouge / made.size()));
        console.say(
                "%,d generated texts: exact match %.2f %%, ROUGE-L %.4f",
                made.size(), 100 * exact / made.size(), rouge / made.size());
        if (predictions != null) {
            JsonLinesFile.write(predictions, lines -> write(made, lines));
            console.say("predictions: " + predictions);
        }
    }

    private void write(List<Generation> made, JsonLinesFile lines) {
        for (int i = 0; i < made.size(); i++) {
            JsonObject line = new JsonObject();
            line.addProperty("prompt", samples.get(i).prompt());
            line.addProperty("text", made.get(i).text());
            line.addProperty("gold", samples.get(i).completion());
            line.add("probability", Json.number(made.get(i).probability().orElse(Double.NaN)));
            line.addProperty("rouge_l", RougeL.of(samples.get(i).completion(), made.get(i).text()));
            lines.write(line);
        }
    }
}
