/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.testkit.RandomAdapter;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;

/** Models for other programs, from the command line. */
class ExportTest {
    private static final LoraConfigBuilder CONFIG = LoraConfig.builder().setRank(3).setAlpha(5);

    @TempDir private static Path folder = Path.of("");

    private static Path decoder = Path.of("");
    private static Path adapter = Path.of("");
    private static Path encoder = Path.of("");
    private static Path encoderAdapter = Path.of("");

    @BeforeAll
    static void write() throws IOException {
        decoder = TinyLlama.write(folder.resolve("decoder"), 5);
        adapter =
                RandomAdapter.write(
                        decoder,
                        folder.resolve("adapter"),
                        CONFIG.optTargetModules("q_proj", "down_proj").build());
        encoder = folder.resolve("encoder");
        WordBert.write(encoder, List.of("red", "green", "sea", "sky"), 5);
        encoderAdapter =
                RandomAdapter.write(
                        encoder,
                        folder.resolve("encoder-adapter"),
                        CONFIG.optTargetModules("query").build(),
                        Task.embedding(EmbeddingForm.of(Pooling.MEAN)));
    }

    private static List<Object> export(Path model, Path output, Object... more) {
        List<Object> all = new ArrayList<>(List.of("export", "--threads", "1", "--json"));
        all.addAll(List.of("--model", model, "--output", output));
        all.addAll(List.of(more));
        return all;
    }

    private static Path exported(Path model, String name, Object... more) {
        Path output = folder.resolve(name);
        Cli.Run run = Cli.done(export(model, output, more).toArray());
        String what = List.of(more).contains("--adapter-only") ? "adapter" : "model";
        assertThat(run.json().get(what).getAsString()).isEqualTo(output.toString());
        assertThat(run.json().get("bytes").getAsLong()).isEqualTo(output.toFile().length());
        return output;
    }

    @Test
    void ggufHasEachTypeAndTheAdapter() throws IOException {
        Path whole = exported(decoder, "f32.gguf", "--adapter", adapter, "--type", "f32");
        Path half = exported(decoder, "f16.gguf", "--adapter", adapter);
        Path bytes = exported(decoder, "q8.gguf", "--adapter", adapter, "--type", "q8_0");
        Path base = exported(decoder, "base.gguf", "--type", "f32");
        assertThat(whole.toFile().length()).isGreaterThan(half.toFile().length());
        assertThat(Files.mismatch(half, bytes)).as("the type in the file").isNotNegative();
        assertThat(Files.size(base)).isEqualTo(Files.size(whole));
        assertThat(Files.mismatch(base, whole)).isNotNegative();
    }

    @Test
    void streamsGiveTheSameBytes() throws IOException {
        Path whole = exported(decoder, "whole.gguf", "--adapter", adapter);
        Path streamed = exported(decoder, "streamed.gguf", "--adapter", adapter, "--stream");
        assertThat(Files.mismatch(whole, streamed)).isEqualTo(-1);
        for (String more : new String[] {"--json", "--stream"}) {
            Path output = folder.resolve("merged" + more);
            Cli.done("merge", "--model", decoder, "--adapter", adapter, "--output", output, more);
        }
        for (String file : new String[] {"model.safetensors", "config.json", "tokenizer.json"}) {
            Path one = folder.resolve("merged--json").resolve(file);
            Path other = folder.resolve("merged--stream").resolve(file);
            assertThat(Files.mismatch(one, other)).as(file).isEqualTo(-1);
        }
    }

    @Test
    void anAdapterAloneIsSmall() {
        Path alone = exported(decoder, "a.gguf", "--adapter", adapter, "--adapter-only");
        Path half =
                exported(
                        decoder, "b.gguf", "--adapter", adapter, "--adapter-only", "--type", "f16");
        assertThat(alone.toFile().length()).isBetween(4000L, 20_000L);
        assertThat(half.toFile().length()).isLessThan(alone.toFile().length());
    }

    @Test
    void onnxIsWrittenAnewOrInto() throws IOException {
        Path base = exported(encoder, "base.onnx");
        Path merged = exported(encoder, "merged.onnx", "--adapter", encoderAdapter);
        assertThat(Files.mismatch(base, merged)).isNotNegative();
        Path into = exported(encoder, "into.onnx", "--adapter", encoderAdapter, "--onnx", base);
        assertThat(Files.mismatch(into, merged)).as("our own graph, patched").isEqualTo(-1);
        String refusal =
                Cli.run(export(encoder, into, "--adapter", encoderAdapter).toArray()).refusal(1);
        assertThat(refusal).contains("is there already; --overwrite replaces it");
        exported(encoder, "into.onnx", "--overwrite");
        assertThat(Files.mismatch(into, base)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "x.bin, '', a name that ends in .onnx or .gguf",
        "x.onnx, --onnx base.onnx, --onnx is given without --adapter",
        "x.gguf, --adapter A --onnx base.onnx, --onnx is for an --output that ends in .onnx",
        "x.onnx, --type f16, --type is for an --output that ends in .gguf",
        "x.onnx, --stream, --stream is for an --output that ends in .gguf",
        "x.onnx, --adapter A --adapter-only, --adapter-only is for an --output that ends in .gguf",
        "x.gguf, --adapter-only, --adapter-only is given without --adapter",
        "x.gguf, --adapter A --adapter-only --type q8_0, expected f32 or f16",
        "x.gguf, --adapter A --adapter-only --stream, --stream is for a model",
        "x.gguf, --type q4_0, q4_0"
    })
    void wrongOptionsAreRefused(String output, String options, String message) {
        Object[] more = options.isEmpty() ? new Object[0] : options.split(" ");
        String refusal =
                Cli.run(export(decoder, folder.resolve(output), more).toArray()).refusal(2);
        assertThat(refusal).contains(message);
        assertThat(folder.resolve(output)).doesNotExist();
    }

    @Test
    void whatCannotBeWrittenIsRefusedAndNoFileIsLeft() {
        Path gguf = folder.resolve("none.gguf");
        assertThat(Cli.run(export(encoder, gguf).toArray()).refusal(1))
                .contains("there is no GGUF form for model_type \"bert\"");
        assertThat(Cli.run(export(encoder, gguf, "--stream").toArray()).refusal(1))
                .contains("no language model's");
        assertThat(
                        Cli.run(
                                        export(
                                                        decoder,
                                                        gguf,
                                                        "--adapter",
                                                        encoderAdapter,
                                                        "--stream")
                                                .toArray())
                                .refusal(1))
                .contains("FEATURE_EXTRACTION");
        Path onnx = folder.resolve("none.onnx");
        assertThat(Cli.run(export(decoder, onnx).toArray()).refusal(1))
                .contains("there is no ONNX graph for model_type \"llama\"");
        Path absent = folder.resolve("absent.onnx");
        assertThat(
                        Cli.run(
                                        export(
                                                        encoder,
                                                        onnx,
                                                        "--adapter",
                                                        encoderAdapter,
                                                        "--onnx",
                                                        absent)
                                                .toArray())
                                .refusal(1))
                .contains("no such ONNX file");
        assertThat(gguf).doesNotExist();
        assertThat(onnx).doesNotExist();
    }
}
