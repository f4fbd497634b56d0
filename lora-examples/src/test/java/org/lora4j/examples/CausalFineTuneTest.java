/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.Quantization;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.text.sample.PromptCompletion;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.LoraTrainer;

/** The example of a language model runs, and so does the code that its page shows. */
final class CausalFineTuneTest {
    private static final String[] WORDS = {"cat", "dog", "日本", "😀"};

    @TempDir Path folder;

    private Path texts(String name, int count) throws IOException {
        List<String> lines =
                IntStream.range(0, count)
                        .mapToObj(i -> WORDS[i * 7 / 3 % WORDS.length])
                        .map(
                                word ->
                                        String.format(
                                                "{\"prompt\": \"say %s:\", \"completion\": \""
                                                        + " %s\"}",
                                                word, word))
                        .toList();
        return Files.write(folder.resolve(name), lines);
    }

    @Test
    void aDecoderLearnsItsData() throws IOException {
        Path model = TinyLlama.write(folder.resolve("model"), 3);
        Path adapter = folder.resolve("adapter");
        CausalFineTune.Result result =
                CausalFineTune.run(model, texts("train.jsonl", 200), adapter, 8, 1e-2);
        assertThat(result.before()).isGreaterThan(50);
        assertThat(result.after()).isLessThan(4);
        assertThat(result.cut()).isZero();
        assertThat(adapter.resolve("adapter_model.safetensors")).exists();
    }

    @Test
    void thePagesCodeRuns() throws IOException {
        Path checkpoint = TinyLlama.write(folder.resolve("model"), 3);
        Path train = texts("train.jsonl", 40);
        Path heldOut = texts("held-out.jsonl", 8);
        Path adapter = folder.resolve("adapter");
        // snippet: fine-tune-a-language-model
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(16)
                        .setAlpha(32)
                        .optTargetModules("all-linear")
                        .build();
        CausalOptions options = CausalOptions.defaults().withMaxLength(256);
        try (LoraModel model = LoraModel.load(checkpoint, Task.causalLanguageModel())) {
            model.addAdapter("default", config);
            LoraTrainer.builder(model)
                    .setDataset(CausalDataset.forTraining(model, train, options))
                    .optValidation(CausalDataset.forEvaluation(model, heldOut, options))
                    .optEpochs(1)
                    .optConfig(c -> c.optLearningRate(2e-4).optClipNorm(1))
                    .build()
                    .fit();
            model.saveAdapter("default", adapter);
        }
        // end
        TrainingSamples samples =
                TrainingSamples.of("memory", List.of(new PromptCompletion(0, "say cat:", " cat")));
        try (LoraModel model = LoraModel.load(checkpoint, adapter, LoadOptions.defaults())) {
            CausalDataset one = CausalDataset.forEvaluation(model, samples, options);
            assertThat(new Evaluator(model).evaluate(one).count()).isEqualTo(5); // " cat", the end
        }
    }

    @Test
    void aBaseInFourBitsTrainsAnAdapterForAnyBase() throws IOException {
        Path checkpoint = TinyLlama.write(folder.resolve("model"), 3);
        Path train = texts("train.jsonl", 40);
        Path output = folder.resolve("adapter");
        LoraConfig config = LoraConfig.builder().setRank(4).setAlpha(8).build();
        CausalOptions options = CausalOptions.defaults().withMaxLength(64);
        // snippet: fine-tune-in-four-bits
        LoadOptions packed = LoadOptions.defaults().withQuantization(Quantization.nf4());
        try (LoraModel model = LoraModel.load(checkpoint, Task.causalLanguageModel(), packed)) {
            model.addAdapter("default", config);
            LoraTrainer.builder(model)
                    .setDataset(CausalDataset.forTraining(model, train, options))
                    .optEpochs(1)
                    .build()
                    .fit();
            model.saveAdapter("default", output);
        }
        // end
        try (LoraModel full = LoraModel.load(checkpoint, output, LoadOptions.defaults())) {
            assertThat(full.adapterNames()).containsExactly("default");
        }
    }

    @Test
    void wrongArgumentsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CausalFineTune.main(new String[0]))
                .withMessageContaining("TRAIN_JSONL");
    }
}
