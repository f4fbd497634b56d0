/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.testkit.TinyBert;
import org.lora4j.train.LoraTrainingResult;

/** The examples run and do what they say. */
final class ExamplesTest {
    @TempDir Path folder;

    @Test
    void anEncoderIsTunedAndItsAdapterServedFromSeveralThreads() throws Exception {
        Path model = TinyBert.write(folder.resolve("model"));
        Path train = TinyBert.texts(folder.resolve("train.tsv"), 96);
        Path adapter = folder.resolve("adapter");
        LoraTrainingResult result = EncoderFineTune.run(model, train, adapter, 60);
        List<Double> epochs = result.lossByEpoch();
        assertThat(epochs.get(epochs.size() - 1)).isLessThan(0.5 * epochs.get(0));
        assertThat(adapter.resolve("adapter_config.json")).exists();
        List<String> labels =
                ServeAdapter.run(
                        model,
                        adapter,
                        List.of(
                                "the film is good",
                                "the film is bad",
                                "a long plot good ending",
                                "a long plot bad ending",
                                "the film is good ending",
                                "a long plot bad"),
                        3);
        assertThat(labels)
                .containsExactly(
                        "positive", "negative", "positive", "negative", "positive", "negative");
    }

    @Test
    void aTorchScriptClassifierLearnsNewLabelsAndIsServedFromSeveralThreads() throws Exception {
        Path traced = Path.of("../lora-hf/src/test/resources/golden/traced/classification");
        Path script = traced.resolve("classification.pt");
        Path train = folder.resolve("train.tsv");
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 60; i++) {
            rows.append(
                    List.of("good film\tpraise\n", "bad film\tblame\n", "a b c\tother\n")
                            .get(i % 3));
        }
        Files.writeString(train, rows);
        Path adapter = folder.resolve("adapter");
        AdaptTorchScript.adapt(script, traced, train, adapter, 60);
        List<String> texts = List.of("good film", "bad film", "a b c", "good film");
        assertThat(AdaptTorchScript.serve(script, traced, adapter, texts, 3))
                .containsExactly("praise", "blame", "other", "praise");
    }

    @Test
    void aModelOfDjlsOwnBlocksLearns() {
        AdaptDjlModel.Result result = AdaptDjlModel.run(100);
        assertThat(result.after()).isLessThan(0.6f * result.before());
        assertThat(result.trainable()).isEqualTo(4 * (12 + 32) + 4 * (32 + 2));
        assertThat(result.state()).hasSize(4).allMatch(name -> name.contains("lora_"));
    }

    @ParameterizedTest
    @EnumSource
    void loralibsFourCallsWorkOnDjlsOwnBlocks(LoralibCalls.Kind kind) throws Exception {
        Path texts = TinyBert.texts(folder.resolve("texts.tsv"), 240);
        Path file = folder.resolve("lora.pt");
        LoralibCalls.Result result = LoralibCalls.run(texts, kind, file, 240, 12);
        assertThat(result.after()).isGreaterThan(0.9).isGreaterThanOrEqualTo(result.before());
        assertThat(result.again()).isEqualTo(result.after());
        long pairs =
                kind == LoralibCalls.Kind.MLP
                        ? 8 * (512 + 48) + 8 * (48 + 2) + 48 + 2
                        : 2 * 8 * (32 + 32) + 2 * 32;
        assertThat(result.trainable()).isEqualTo(pairs);
        assertThat(result.bytes()).isBetween(4 * pairs, 4 * pairs + 4096);
    }

    @Test
    void wrongArgumentsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EncoderFineTune.main(new String[0]))
                .withMessageContaining("TRAIN_FILE");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServeAdapter.main(new String[0]))
                .withMessageContaining("ADAPTER");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AdaptTorchScript.main(new String[0]))
                .withMessageContaining("TOKENIZER_DIRECTORY");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LoralibCalls.main(new String[0]))
                .withMessageContaining("mlp|transformer");
    }
}
