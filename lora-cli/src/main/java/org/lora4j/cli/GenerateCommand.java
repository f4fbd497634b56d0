/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.lora4j.cli.option.GenerationOptions;
import org.lora4j.cli.option.LoadedModelOptions;
import org.lora4j.cli.option.PromptOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.generate.FinishReason;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Generates a text from a prompt. */
@Command(
        name = "generate",
        customSynopsis =
                "lora4j generate --model DIR|ID [--adapter DIR] --prompt TEXT [--chat] [OPTIONS]",
        description =
                "Continues a text, or answers a message, with a language model and, if given, an"
                        + " adapter.",
        footer =
                """

                The text goes to standard output as it comes, its speed to standard error. With
                --json there are text, prompt_ids, generated_ids (with the token that ended the
                text, if one did), finish_reason, prefill_tokens_per_second and
                decode_tokens_per_second.
                Ctrl-C ends the text where it is.

                Examples:
                  lora4j generate --model DIR --adapter adapter --prompt 'Once upon a time'
                  lora4j generate --model DIR --chat --prompt 'Who are you?' --temperature 0.7\
                """)
final class GenerateCommand implements Action {
    @Mixin private LoadedModelOptions model;

    @Mixin private PromptOptions prompt;

    @Mixin private GenerationOptions generation;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws IOException {
        report.check(model::check);
        report.check(prompt::check);
        GenerationConfig config = report.read(generation::config);
        Console console = report.console();
        String text = prompt.text();
        Path directory = model.resolve(console);
        requireLanguageModel(directory);
        AtomicBoolean cancelled = new AtomicBoolean();
        Consumer<String> show =
                piece -> {
                    if (!console.stream(piece)) { // closed, as by head
                        cancelled.set(true);
                    }
                };
        try (LoraModel loaded = model.load(directory, Task.causalLanguageModel());
                Interruption interruption = Interruption.of(() -> cancelled.set(true))) {
            TextGenerator generator = TextGenerator.of(loaded).until(cancelled::get);
            GenerationConfig whole = generation.withStopTokens(config, loaded);
            Generation made =
                    prompt.isChat()
                            ? generator.generate(prompt.conversation(text), whole, show)
                            : generator.generate(text, whole, show);
            console.endStream();
            console.note(summary(made));
            console.result(json(made));
        }
    }

    private void requireLanguageModel(Path directory) throws IOException {
        ModelConfig config = ModelConfig.read(directory);
        if (!(Task.of(config) instanceof Task.CausalLanguageModel)) {
            throw new IOException(
                    ("%s: a model of the type %s is an encoder, which labels texts and writes none;"
                                    + " expected a language model, such as a Llama")
                            .formatted(model.name(), config.modelType()));
        }
    }

    private static String summary(Generation made) {
        return Words.format(
                "%,d tokens after a prompt of %,d, %s; prompt %,.0f tokens/s, text %,.1f tokens/s",
                made.generatedIds().size(),
                made.promptIds().size(),
                why(made.finish()),
                prefillSpeed(made),
                made.decodeTokensPerSecond());
    }

    private static double prefillSpeed(Generation made) {
        return made.promptIds().size() / Math.max(made.prefill().toNanos() / 1e9, 1e-9);
    }

    private static String why(FinishReason reason) {
        return switch (reason) {
            case END_TOKEN -> "ended by the model";
            case STOP_STRING -> "ended by a stop string";
            case MAX_NEW_TOKENS -> "ended at the length limit";
            case POSITIONS -> "ended where the model has no more positions";
            case CANCELLED, INTERRUPTED -> "interrupted";
        };
    }

    private static JsonObject json(Generation made) {
        JsonObject json = new JsonObject();
        json.addProperty("text", made.text());
        json.add("prompt_ids", Json.array(made.promptIds()));
        json.add("generated_ids", Json.array(made.generatedIds()));
        json.addProperty("finish_reason", Words.lower(made.finish()));
        json.add("prefill_tokens_per_second", Json.number(prefillSpeed(made)));
        json.add("decode_tokens_per_second", Json.number(made.decodeTokensPerSecond()));
        return json;
    }
}
