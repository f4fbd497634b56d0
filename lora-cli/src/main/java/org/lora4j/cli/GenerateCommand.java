/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.lora4j.cli.option.AdapterOption;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.GenerationOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.PrecisionOption;
import org.lora4j.cli.option.PromptOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.cli.terminal.Json;
import org.lora4j.cli.terminal.Words;
import org.lora4j.generate.FinishReason;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Goes on with a text. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        versionProvider = Lora4j.Version.class,
        sortOptions = false,
        showDefaultValues = true,
        customSynopsis =
                "lora4j generate --model DIR|ID [--adapter DIR] --prompt TEXT [--chat] [OPTIONS]",
        description =
                "Goes on with a text, or answers a message, with a language model and, where one is"
                        + " given, an adapter.",
        footer = {
            "",
            "The text goes to standard output as it comes, its speed to standard error. With"
                    + " --json",
            "there are text, prompt_ids, generated_ids (with the token that ended the text, if one",
            "did), finish_reason, prefill_tokens_per_second and decode_tokens_per_second.",
            "Ctrl-C ends the text where it is.",
            "",
            "Examples:",
            "  lora4j generate --model DIR --adapter adapter --prompt 'Once upon a time'",
            "  lora4j generate --model DIR --chat --prompt 'Who are you?' --temperature 0.7"
                    + " --top-p 0.9"
        })
final class GenerateCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private ModelOption model = new ModelOption();

    @Mixin private AdapterOption adapter = new AdapterOption();

    @Mixin private PromptOptions prompt = new PromptOptions();

    @Mixin private GenerationOptions generation = new GenerationOptions();

    @Mixin private PrecisionOption precision = new PrecisionOption();

    @Mixin private EngineOptions engine = new EngineOptions();

    @Mixin private ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws IOException {
        GenerationConfig config;
        try {
            engine.check();
            prompt.check();
            config = generation.config();
        } catch (IllegalArgumentException e) { // all of it can be told from the command line
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Console console = report.console();
        String text = prompt.text();
        Path directory = model.resolve(new DownloadLine(console));
        requireLanguageModel(directory);
        AtomicBoolean cancelled = new AtomicBoolean();
        try (LoraModel loaded = load(directory);
                Interruption interruption = Interruption.of(() -> cancelled.set(true))) {
            TextGenerator generator = TextGenerator.of(loaded).until(cancelled::get);
            GenerationConfig whole = generation.withStopTokens(config, loaded);
            Generation made = generate(generator, text, whole, console, cancelled);
            console.endStream();
            console.note(summary(made));
            console.result(json(made));
        }
        return CommandLines.DONE;
    }

    private void requireLanguageModel(Path directory) throws IOException {
        ModelConfig config = ModelConfig.read(directory);
        if (!(Task.of(config) instanceof Task.CausalLanguageModel)) {
            throw new IOException(
                    model.name()
                            + ": a model of the type "
                            + config.modelType()
                            + " is an encoder, which labels texts and writes none; expected a"
                            + " language model, such as a Llama");
        }
    }

    private LoraModel load(Path directory) throws IOException {
        LoadOptions options =
                LoadOptions.defaults()
                        .withDtype(precision.dtype())
                        .withNameOrPath(model.name())
                        .withDevice(engine.start());
        return adapter.load(directory, Task.causalLanguageModel(), options);
    }

    private Generation generate(
            TextGenerator generator,
            String text,
            GenerationConfig config,
            Console console,
            AtomicBoolean cancelled) {
        return prompt.isChat()
                ? generator.generate(
                        prompt.conversation(text), config, piece -> show(piece, console, cancelled))
                : generator.generate(text, config, piece -> show(piece, console, cancelled));
    }

    /** Shows a piece; nobody reads on where standard output is closed, as by head. */
    private static void show(String piece, Console console, AtomicBoolean cancelled) {
        if (!console.stream(piece)) {
            cancelled.set(true);
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
        json.add("prompt_ids", array(made.promptIds()));
        json.add("generated_ids", array(made.generatedIds()));
        json.addProperty("finish_reason", made.finish().name().toLowerCase(Locale.ROOT));
        json.add("prefill_tokens_per_second", Json.number(prefillSpeed(made)));
        json.add("decode_tokens_per_second", Json.number(made.decodeTokensPerSecond()));
        return json;
    }

    private static JsonArray array(List<Integer> ids) {
        JsonArray array = new JsonArray();
        ids.forEach(array::add);
        return array;
    }
}
