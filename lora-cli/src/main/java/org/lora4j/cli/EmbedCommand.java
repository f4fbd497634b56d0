/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.RowFiles;
import org.lora4j.cli.option.LoadedModelOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Json;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.files.AtomicFiles;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.TextFileReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lora4j embed}. */
@Command(
        name = "embed",
        customSynopsis =
                "lora4j embed --model DIR|ID [--adapter DIR] --data FILE --output FILE.jsonl"
                        + " [OPTIONS]",
        description = "Makes the vectors of texts, as sentence-transformers' encode does.",
        footer =
                """

                Each line of the output is {"embedding": [..]}, in the order of the texts. The
                folder's modules.json tells how vectors are made; without it they are means.

                Example:
                  lora4j embed --model DIR --adapter adapter --data texts.jsonl --prompt-name query \\
                      --output vectors.jsonl\
                """)
final class EmbedCommand implements Action {
    @Mixin private LoadedModelOptions model;

    @Mixin private RowFiles files;

    @Option(names = "--text-column", paramLabel = "NAME", description = "The column of the text.")
    private String column = "text";

    @Option(
            names = "--prompt-name",
            paramLabel = "NAME",
            description = "Which of the model's prompts stands before each text. Default: its own.")
    private @Nullable String prompt;

    @Option(
            names = "--dimensions",
            paramLabel = "D",
            description = "Keep the first D numbers of each vector.")
    private @Nullable Integer dimensions;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws IOException {
        report.check(model::check);
        report.refuse(
                dimensions != null && dimensions < 1,
                "--dimensions is " + dimensions + "; expected at least 1");
        Console console = report.console();
        files.prepare();
        List<String> texts =
                TextFileReader.readAll(files.data(), new TextColumns(column, null, null)).stream()
                        .map(TextExample::text)
                        .toList();
        Path directory = model.resolve(console);
        try (LoraModel loaded = model.load(directory, Task.embedding())) {
            TextEmbedder embedder = new TextEmbedder(loaded);
            if (dimensions != null) {
                int most = loaded.textVectors().size();
                report.refuse(
                        dimensions > most,
                        "--dimensions is %d; expected at most %d, the size of the model's vectors"
                                .formatted(dimensions, most));
                embedder = embedder.withDimensions(dimensions);
            }
            long start = System.nanoTime();
            List<float[]> vectors =
                    prompt == null
                            ? embedder.embed(texts)
                            : embedder.embed(embedder.prompt(prompt), texts);
            double seconds = (System.nanoTime() - start) / 1e9;
            write(vectors);
            console.say(
                    "%,d vectors of %d numbers, %,.0f texts/s",
                    vectors.size(), vectors.get(0).length, vectors.size() / seconds);
            JsonObject json = new JsonObject();
            json.addProperty("texts", vectors.size());
            json.addProperty("dimensions", vectors.get(0).length);
            json.add("texts_per_second", Json.number(vectors.size() / seconds));
            console.result(json);
        }
    }

    private void write(List<float[]> vectors) throws IOException {
        AtomicFiles.write(
                files.output(),
                out -> {
                    StringBuilder line = new StringBuilder();
                    for (float[] vector : vectors) {
                        JsonArray numbers = new JsonArray();
                        for (float number : vector) {
                            numbers.add(number);
                        }
                        JsonObject object = new JsonObject();
                        object.add("embedding", numbers);
                        line.append(object).append('\n');
                        out.write(line.toString().getBytes(StandardCharsets.UTF_8));
                        line.setLength(0);
                    }
                });
    }
}
