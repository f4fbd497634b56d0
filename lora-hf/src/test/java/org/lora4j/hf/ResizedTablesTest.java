/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.djl.BlockTree;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;

/**
 * Models with another number of tokens, as resize_token_embeddings of transformers 5.23 makes them:
 * the rows that stay are the same bits, new ones are the mean of the old (drawn about it with 10⁻⁹
 * of their covariance) in the table's dtype, and a tied projection stays tied.
 */
final class ResizedTablesTest {
    @TempDir Path folder;

    private Path encoder(String name) throws IOException {
        return name.startsWith("bert/")
                ? Golden.model(folder, name.substring("bert/".length()))
                : EncoderGolden.model(folder, name, json -> {});
    }

    private static NDArray table(LoraModel model, String path) {
        return BlockTree.walk(model.block()).stream()
                .filter(node -> node.path().equals(path))
                .map(node -> BlockWeights.direct(node.block()).get("weight"))
                .map(weight -> Objects.requireNonNull(weight, path).getArray())
                .findFirst()
                .orElseThrow();
    }

    private static float[] values(NDArray table) {
        try (NDManager scope = table.getManager().newSubManager()) {
            NDArray single = Torch.toFloat32(table);
            if (single != table) {
                single.attach(scope);
            }
            return single.toFloatArray();
        }
    }

    /** The rows before and after, of a table that got some tokens more or fewer. */
    private static void assertResized(float[] before, float[] after, int width, double step) {
        int kept = Math.min(before.length, after.length);
        assertThat(Arrays.copyOf(after, kept)).isEqualTo(Arrays.copyOf(before, kept));
        int rows = before.length / width;
        for (int column = 0; column < width; column++) {
            double sum = 0;
            for (int row = 0; row < rows; row++) {
                sum += before[row * width + column];
            }
            double mean = sum / rows;
            for (int at = kept + column; at < after.length; at += width) {
                assertThat((double) after[at])
                        .as("column " + column)
                        .isCloseTo(mean, within(2e-4 + step * Math.abs(mean)));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bert/head, F32, 5",
        "bert/head, BF16, 5",
        "bert/head, BF16, -3",
        "roberta, F32, 3",
        "roberta, BF16, 3",
        "distilbert, BF16, 7",
        "distilbert, F32, -2"
    })
    void anEncodersTableIsResizedInItsDtype(String name, TensorDtype dtype, int more)
            throws IOException {
        Path base = encoder(name);
        PaddedBatch batch =
                Golden.batch(
                        new int[][] {{2, 5, 9, 4, 3}, {2, 7, 3}},
                        new int[][] {new int[5], new int[3]});
        LoadOptions options = LoadOptions.defaults().withDtype(dtype);
        Path saved = Files.createDirectory(folder.resolve("saved"));
        try (LoraModel model = LoraModel.load(base, Task.sequenceClassification(), options)) {
            String path = model.block().wordTablePath();
            NDArray old = table(model, path);
            DataType type = old.getDataType();
            Shape shape = old.getShape();
            float[] before = values(old);
            float[] logits = Golden.logits(model, batch);
            int tokens = Math.toIntExact(shape.get(0)) + more;
            model.resizeTokenEmbeddings(tokens);
            NDArray table = table(model, path);
            assertThat(model.block().vocabularySize()).isEqualTo(tokens);
            assertThat(table.getDataType()).isEqualTo(type);
            assertThat(table.getShape()).isEqualTo(new Shape(tokens, shape.get(1)));
            assertResized(
                    before,
                    values(table),
                    Math.toIntExact(shape.get(1)),
                    dtype == TensorDtype.BF16 ? 0x1p-8 : 0);
            assertThat(Golden.logits(model, batch)).isEqualTo(logits);
            int[][] last = {{2, tokens - 1, 3}};
            assertThat(Golden.logits(model, Golden.batch(last, new int[1][3])))
                    .doesNotContain(Float.NaN);
            model.save(saved, dtype);
            assertThat(Golden.json(saved.resolve("config.json")).get("vocab_size").getAsInt())
                    .isEqualTo(tokens);
            try (LoraModel again = LoraModel.load(saved, Task.sequenceClassification(), options)) {
                assertThat(Golden.logits(again, batch)).isEqualTo(logits);
            }
        }
        try (SafeTensorsFile file = SafeTensorsFile.open(saved.resolve("model.safetensors"))) {
            for (String tensor : file.names()) {
                assertThat(file.info(tensor).dtype()).as(tensor).isEqualTo(dtype);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llama, F32, 6",
        "llama, BF16, 6",
        "llama-tied, BF16, 6",
        "qwen2, BF16, 6",
        "gpt2, BF16, 3"
    })
    void aDecodersTablesAreResizedInTheirDtype(String name, TensorDtype dtype, int more)
            throws IOException {
        Path base = DecoderGolden.model(folder, name);
        LoadOptions options = LoadOptions.defaults().withDtype(dtype);
        PackedTokens ids = DecoderGolden.packed(new int[][] {{3, 9, 4, 7}}, new long[1][4], 0);
        Path saved = Files.createDirectory(folder.resolve("saved"));
        try (LoraModel model = LoraModel.load(base, Task.causalLanguageModel(), options)) {
            int old = model.block().vocabularySize();
            Map<String, float[]> before = new LinkedHashMap<>();
            for (String path : model.block().tokenPaths()) {
                before.put(path, values(table(model, path)));
            }
            DataType type = table(model, model.block().wordTablePath()).getDataType();
            float[] logits = DecoderGolden.logits(model, ids);
            int tokens = old + more;
            model.resizeTokenEmbeddings(tokens);
            for (Map.Entry<String, float[]> each : before.entrySet()) {
                NDArray table = table(model, each.getKey());
                assertThat(table.getDataType()).isEqualTo(type);
                assertThat(table.getShape().get(0)).isEqualTo(tokens);
                int width = each.getValue().length / old;
                double step = dtype == TensorDtype.BF16 ? 0x1p-8 : 0;
                assertResized(each.getValue(), values(table), width, step);
            }
            float[] after = DecoderGolden.logits(model, ids);
            for (int row = 0; row < 4; row++) {
                assertThat(Arrays.copyOfRange(after, row * tokens, row * tokens + old))
                        .containsExactly(
                                Arrays.copyOfRange(logits, row * old, (row + 1) * old),
                                within(1e-6f));
            }
            model.save(saved, dtype);
            try (LoraModel again = LoraModel.load(saved, Task.causalLanguageModel(), options)) {
                assertThat(again.block().vocabularySize()).isEqualTo(tokens);
                assertThat(DecoderGolden.logits(again, ids)).isEqualTo(after);
            }
        }
    }
}
