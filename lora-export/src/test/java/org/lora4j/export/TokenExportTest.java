/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.testkit.RandomAdapter;

/** Graphs that give something for each token give what the model gives, texts padded or not. */
final class TokenExportTest {
    private static final int[][] IDS = {
        {2, 17, 8, 31, 9, 3}, {2, 30, 3}, {2, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 3}
    };
    private static final List<String> LABELS = List.of("O", "B-PER", "I-PER", "B-LOC", "I-LOC");

    @TempDir Path folder;

    /** What the model gives, parted among outputs of the graph, where there are tokens. */
    private static void compare(LoraModel model, Path file, String... outputs) throws Exception {
        int pad = model.config().modelType().equals("distilbert") ? 0 : 1;
        try (OnnxRun run = new OnnxRun(file);
                NDManager manager = NDManager.newBaseManager("PyTorch")) {
            int length = Arrays.stream(IDS).mapToInt(row -> row.length).max().orElse(0);
            long[][] ids = new long[IDS.length][length];
            long[][] mask = new long[IDS.length][length];
            for (int i = 0; i < IDS.length; i++) {
                Arrays.fill(ids[i], pad);
                for (int j = 0; j < IDS[i].length; j++) {
                    ids[i][j] = IDS[i][j];
                    mask[i][j] = 1;
                }
            }
            NDArray expected =
                    model.block()
                            .forward(
                                    new ParameterStore(manager, false),
                                    new NDList(manager.create(ids), manager.create(mask)),
                                    false)
                            .singletonOrThrow();
            float[] ours = expected.toFloatArray();
            int width = ours.length / IDS.length / length;
            int own = width / outputs.length;
            for (int k = 0; k < outputs.length; k++) {
                float[] found = run.run(outputs[k], IDS, new int[0][], pad);
                assertThat(found).hasSize(ours.length / outputs.length);
                double largest = 0;
                for (int i = 0; i < found.length; i++) {
                    int token = i / own;
                    if (mask[token / length][token % length] == 1) {
                        float wanted = ours[token * width + k * own + i % own];
                        assertThat(found[i]).isCloseTo(wanted, Offset.offset(1e-5f));
                        largest = Math.max(largest, Math.abs(wanted));
                    }
                }
                assertThat(largest).isGreaterThan(0.1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "roberta-bare, query",
        "distilbert-mlm, q_lin",
        "mpnet-bare, o",
        "deberta-bare, key_proj",
        "modernbert-mlm, Wqkv"
    })
    void labelsOfTokensAreTheModels(String base, String target) throws Exception {
        Path directory = GoldenEncoders.directory(base);
        LoraConfig config =
                LoraConfig.builder().setRank(3).setAlpha(7).optTargetModules(target).build();
        Path adapter =
                RandomAdapter.write(
                        directory,
                        folder.resolve("adapter"),
                        config,
                        Task.tokenClassification(LABELS.toArray(String[]::new)));
        Path file = folder.resolve("model.onnx");
        try (LoraModel adapted = LoraModel.load(directory, adapter, LoadOptions.defaults());
                LoraModel merged = adapted.mergeAndUnload()) {
            OnnxExport.write(merged, file);
            compare(merged, file, "logits");
        }
    }

    @ParameterizedTest
    @CsvSource({"roberta-bare, query", "modernbert-mlm, Wqkv"})
    void whereAnswersAreIsTheModels(String base, String target) throws Exception {
        Path directory = GoldenEncoders.directory(base);
        LoraConfig config =
                LoraConfig.builder().setRank(3).setAlpha(7).optTargetModules(target).build();
        Path adapter =
                RandomAdapter.write(
                        directory, folder.resolve("adapter"), config, Task.questionAnswering());
        Path file = folder.resolve("model.onnx");
        try (LoraModel adapted = LoraModel.load(directory, adapter, LoadOptions.defaults());
                LoraModel merged = adapted.mergeAndUnload()) {
            OnnxExport.write(merged, file);
            compare(merged, file, "start_logits", "end_logits");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mpnet-bare", "modernbert-mlm", "deberta-bare"})
    void hiddenStatesOfEncodersWithoutAHeadAreTheModels(String base) throws Exception {
        Path file = folder.resolve("model.onnx");
        Task task = Task.embedding(EmbeddingForm.of(Pooling.MEAN));
        try (LoraModel model = LoraModel.load(GoldenEncoders.directory(base), task)) {
            OnnxExport.write(model, file);
            compare(model, file, "last_hidden_state");
        }
    }

    @Test
    void aHeadThatIsDrawnIsRefused() throws Exception {
        Path file = folder.resolve("model.onnx");
        Task task = Task.tokenClassification("O", "B-X", "I-X");
        try (LoraModel model = LoraModel.load(GoldenEncoders.directory("mpnet-bare"), task)) {
            assertThatThrownBy(() -> OnnxExport.write(model, file))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("classifier");
        }
        assertThat(file).doesNotExist();
    }
}
