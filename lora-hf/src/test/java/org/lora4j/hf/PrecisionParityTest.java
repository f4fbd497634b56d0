/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.LoraConfig;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;

/** How near to float32 a base in bfloat16 is, beside transformers and PEFT. */
final class PrecisionParityTest {
    private static final LoadOptions BFLOAT16 = LoadOptions.defaults().withDtype(TensorDtype.BF16);

    @TempDir Path folder;

    /** Rows of ids, and what transformers computes in float32 and, two ways, in bfloat16. */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a golden, read only
    private record Rows(
            int[][] ids,
            int pad,
            double[][] float32,
            double[][] eager,
            double[][] sdpa,
            double[] gradientErrors) {}

    @ParameterizedTest
    @ValueSource(strings = {"roberta", "xlm-roberta", "distilbert"})
    void anEncodersLogitsAreAsNearToFloat32AsThoseOfTransformers(String name) throws IOException {
        Rows rows = rows(name);
        double[][] found = new double[rows.ids().length][];
        try (LoraModel model = load(name, BFLOAT16)) {
            for (int from = 0; from < found.length; from += 16) {
                List<TokenizedExample> part = new ArrayList<>();
                for (int i = from; i < from + 16; i++) {
                    int[] ids = rows.ids()[i];
                    part.add(new TokenizedExample(i, ids, new int[ids.length], 0));
                }
                PaddedBatch batch = PaddedBatch.of(part, rows.pad());
                fill(found, from, Golden.logits(model, batch), rows.float32()[0].length);
            }
        }
        assertAsNear(found, rows);
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void aDecodersLogitsAreAsNearToFloat32AsThoseOfTransformers(String name) throws IOException {
        Rows rows = rows(name);
        long[][] labels =
                Arrays.stream(rows.ids()).map(ids -> new long[ids.length]).toArray(long[][]::new);
        int[] all = IntStream.range(0, labels.length).toArray();
        double[][] found = new double[rows.float32().length][];
        try (LoraModel model =
                LoraModel.load(
                        DecoderGolden.model(folder, name), Task.causalLanguageModel(), BFLOAT16)) {
            float[] logits =
                    DecoderGolden.logits(model, DecoderGolden.packed(rows.ids(), labels, all));
            fill(found, 0, logits, rows.float32()[0].length);
        }
        assertAsNear(found, rows);
    }

    private static Rows rows(String name) {
        return new Gson()
                .fromJson(
                        Golden.json(EncoderGolden.file("../bfloat16/" + name + ".json")),
                        Rows.class);
    }

    private static void fill(double[][] rows, int from, float[] logits, int classes) {
        for (int i = 0; i < logits.length; i++) {
            int row = from + i / classes;
            if (i % classes == 0) {
                rows[row] = new double[classes];
            }
            rows[row][i % classes] = logits[i];
        }
    }

    private static void assertAsNear(double[][] found, Rows rows) {
        double theirs = Math.max(error(rows.eager(), rows), error(rows.sdpa(), rows));
        double ours = error(found, rows);
        assertThat(ours).isLessThanOrEqualTo(1.1 * theirs);
        assertThat(ours).as("it is not float32 after all").isGreaterThan(0.3 * theirs);
    }

    private static double error(double[][] logits, Rows rows) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < logits.length; i++) {
            for (int k = 0; k < logits[i].length; k++) {
                double difference = logits[i][k] - rows.float32()[i][k];
                sum += difference * difference;
                count++;
            }
        }
        return Math.sqrt(sum / count);
    }

    private LoraModel load(String name, LoadOptions options) throws IOException {
        Path directory = EncoderGolden.model(folder, name, json -> {});
        int classes =
                Golden.json(directory.resolve("config.json")).has("id2label")
                        ? Golden.json(directory.resolve("config.json"))
                                .getAsJsonObject("id2label")
                                .size()
                        : 2;
        Task task = classes == 1 ? Task.regression() : Task.sequenceClassification();
        return LoraModel.load(directory, task, options);
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void aDecodersGradientsAreAsNearToFloat32AsThoseOfPeft(String name) throws IOException {
        Map<String, float[]> single =
                gradients(name, LoadOptions.defaults(), DeltaDtype.ACTIVATION);
        double theirs = Arrays.stream(rows(name).gradientErrors()).max().orElseThrow();
        double likePeft = error(gradients(name, BFLOAT16, DeltaDtype.FLOAT32), single);
        double ours = error(gradients(name, BFLOAT16, DeltaDtype.ACTIVATION), single);
        // The error of one small batch's loss is in all of its gradients, so the figure scatters:
        // 0.70 to 1.15 of PEFT's when this was written, and 0.93 as the mean of 63
        // models in the live checks. A gradient lost in a cast is a factor of 10.
        assertThat(likePeft).isLessThanOrEqualTo(1.3 * theirs).isGreaterThan(0);
        // By default A and B are rounded to the activation's 16 bits, which PEFT does not do: 1.53
        // for GPT-2, where adapters on every layer are half of what is computed.
        assertThat(ours).isLessThanOrEqualTo(2 * theirs).isGreaterThan(0);
    }

    /** The mean over tensors. */
    private static double error(Map<String, float[]> half, Map<String, float[]> single) {
        assertThat(half.keySet()).isEqualTo(single.keySet());
        double sum = 0;
        for (Map.Entry<String, float[]> entry : single.entrySet()) {
            sum += distance(requireNonNull(half.get(entry.getKey())), entry.getValue());
        }
        return sum / single.size();
    }

    /** How far an array is from another, relative to its norm. */
    private static double distance(float[] found, float[] wanted) {
        double apart = 0;
        double norm = 0;
        for (int i = 0; i < wanted.length; i++) {
            apart += Math.pow((double) found[i] - wanted[i], 2);
            norm += Math.pow(wanted[i], 2);
        }
        return Math.sqrt(apart / norm);
    }

    private Map<String, float[]> gradients(String name, LoadOptions options, DeltaDtype delta)
            throws IOException {
        DecoderGolden.Expected expected = DecoderGolden.expected(name);
        LoraConfig config =
                PeftConfigFile.read(DecoderGolden.file(name + "-adapter/adapter_config.json"))
                        .lora();
        Map<String, float[]> tensors =
                DecoderGolden.tensors(name + "-adapter/adapter_model.safetensors");
        try (LoraModel model =
                LoraModel.load(
                        DecoderGolden.model(folder, name), Task.causalLanguageModel(), options)) {
            model.addAdapter("default", config.toBuilder().optDeltaDtype(delta).build());
            Golden.adapter(model, "default")
                    .forEach(
                            (path, array) -> {
                                float[] values =
                                        requireNonNull(tensors.get("base_model.model." + path));
                                try (NDArray copy =
                                        array.getManager().create(values, array.getShape())) {
                                    Torch.copyInto(array, copy);
                                }
                            });
            int[] all = IntStream.range(0, expected.ids().length).toArray();
            CausalBatch batch =
                    new CausalBatch(DecoderGolden.packed(expected.ids(), expected.labels(), all));
            return StepGradients.of(model, List.of(batch)).byPath();
        }
    }
}
