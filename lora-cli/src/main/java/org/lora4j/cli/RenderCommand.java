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
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.DownloadLine;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Json;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.chat.ChatOptions;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.sample.ChatSample;
import org.lora4j.text.sample.SampleFormat;
import org.lora4j.text.sample.SampleReader;
import org.lora4j.text.sample.TrainingSample;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows conversations as a model sees them, and the parts that it would learn. */
@Command(
        name = "render",
        customSynopsis = "lora4j render --model DIR --data FILE [OPTIONS]",
        description =
                "Shows conversations as the model's chat template lays them out, the parts that a"
                        + " training learns between \u27e6 and \u27e7.",
        footer = {"", "Example:", "  lora4j render --model DIR --data chats.jsonl"})
final class RenderCommand implements Callable<Integer> {
    @Mixin private ModelOption model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "A jsonl file of conversations: {\"messages\": [...]} a line.")
    private Path data;

    @Option(
            names = "--generation-prompt",
            description =
                    "Show the prompt for the assistant's next message instead of what is learnt.")
    private boolean generationPrompt;

    @Mixin private ReportOptions report;

    @Override
    public Integer call() throws IOException {
        Console console = report.console();
        Path directory = model.resolve(new DownloadLine(console));
        List<TrainingSample> samples =
                SampleReader.read(data, SampleFormat.MESSAGES, OnBadLine.FAIL).samples();
        JsonArray rendered = new JsonArray();
        int refused = 0;
        try (TextTokenizer tokenizer = TextTokenizer.load(directory)) {
            for (TrainingSample sample : samples) {
                JsonObject shown = show(console, tokenizer, (ChatSample) sample);
                refused += shown.has("error") ? 1 : 0;
                rendered.add(shown);
            }
        }
        JsonObject result = new JsonObject();
        result.add("conversations", rendered);
        result.addProperty("refused", refused);
        console.result(result);
        return refused == samples.size() ? ExitCode.SOFTWARE : ExitCode.OK;
    }

    private JsonObject show(Console console, TextTokenizer tokenizer, ChatSample sample) {
        JsonObject shown = new JsonObject();
        shown.addProperty("line", sample.line());
        try {
            ChatOptions options = generationPrompt ? ChatOptions.PROMPT : ChatOptions.TRANSCRIPT;
            shown.addProperty(
                    "text",
                    tokenizer.chat().template().render(sample.conversation(), options).text());
            if (generationPrompt) {
                int[] ids = tokenizer.chat().encode(sample.conversation(), options);
                shown.add("ids", ids(ids));
                console.say(
                        "line %d: %d tokens%n%s", sample.line(), ids.length, tokenizer.decode(ids));
            } else {
                shown.add("samples", samples(console, tokenizer, sample));
            }
        } catch (IllegalArgumentException e) {
            String error = ErrorText.oneLine(String.valueOf(e.getMessage()));
            shown.addProperty("error", error);
            console.say("%s, line %d: refused: %s", data, sample.line(), error);
        }
        return shown;
    }

    private static JsonArray ids(int[] ids) {
        return Json.array(Arrays.stream(ids).boxed().toList());
    }

    private static JsonArray samples(Console console, TextTokenizer tokenizer, ChatSample sample) {
        JsonArray samples = new JsonArray();
        for (SampleTokens tokens : sample.tokens(tokenizer, LossOn.COMPLETION)) {
            JsonObject json = new JsonObject();
            json.add("ids", ids(tokens.ids()));
            JsonArray learnt = new JsonArray();
            for (boolean token : tokens.learnt()) {
                learnt.add(token ? 1 : 0);
            }
            json.add("learnt", learnt);
            samples.add(json);
            console.say(
                    "line %d: %d tokens, %d learnt%n%s",
                    sample.line(), tokens.length(), tokens.lossTerms(), marked(tokenizer, tokens));
        }
        return samples;
    }

    /** Returns the text of the tokens, the learnt ones between marks. */
    private static String marked(TextTokenizer tokenizer, SampleTokens tokens) {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int to = 1; to <= tokens.length(); to++) {
            boolean learnt = tokens.learnt()[from];
            if (to == tokens.length() || tokens.learnt()[to] != learnt) {
                String run = tokenizer.decode(Arrays.copyOfRange(tokens.ids(), from, to));
                text.append(learnt ? "\u27e6" + run + "\u27e7" : run);
                from = to;
            }
        }
        return text.toString();
    }
}
