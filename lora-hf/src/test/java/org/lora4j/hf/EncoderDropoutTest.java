/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.block.StepContext;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Sequences;

/** Where the families drop, and that the last layer's short cut draws the same masks. */
final class EncoderDropoutTest {
    private static final int ROWS = 3;
    private static final int HIDDEN = 12;

    @TempDir Path folder;

    private LoraModel load(String name) throws IOException {
        Path directory =
                EncoderGolden.model(
                        folder,
                        name,
                        json -> {
                            json.addProperty("hidden_dropout_prob", 0.3);
                            json.addProperty("attention_probs_dropout_prob", 0.2);
                            json.addProperty("classifier_dropout", 0.5);
                            json.addProperty("dropout", 0.3);
                            json.addProperty("attention_dropout", 0.2);
                            json.addProperty("seq_classif_dropout", 0.5);
                            json.addProperty("mlp_dropout", 0.3);
                            json.addProperty("num_hidden_layers", 2);
                            json.remove("layer_types");
                        });
        return LoraModel.load(directory, Task.sequenceClassification());
    }

    @ParameterizedTest
    @CsvSource({
        "roberta, roberta.encoder.layer",
        "distilbert, distilbert.transformer.layer",
        "mpnet, mpnet.encoder.layer",
        "modernbert, model.layers",
        "deberta, deberta.encoder.layer"
    })
    void theLastLayerForOnePositionIsThatOfAll(String name, String layers) throws IOException {
        try (LoraModel model = load(name);
                NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            NDArray whole = hidden(model, scope, 1, layers);
            NDArray first = hidden(model, scope, 1, null);
            assertThat(first.getShape()).isEqualTo(new Shape(ROWS, HIDDEN));
            assertThat(whole.getShape()).isEqualTo(new Shape(7 + 6 + 5, HIDDEN));
            NDArray rows = scope.create(new long[] {0, 7, 13});
            float[] expected = Sequences.take(whole, rows).toFloatArray();
            assertThat(Golden.farthest(first.toFloatArray(), expected)).isLessThan(2e-6);
            float[] other = hidden(model, scope, 2, null).toFloatArray();
            assertThat(Golden.farthest(other, expected)).as("another step").isGreaterThan(1e-2);
        }
    }

    @ParameterizedTest
    @CsvSource({"roberta", "distilbert"})
    void headsDropWhereTransformersDoes(String name) throws IOException {
        try (LoraModel model = load(name);
                NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            StepContext steps = model.block().loraContext().steps();
            Pass pass = new Pass(new ParameterStore(model.manager(), false), true);
            NDArray x =
                    scope.arange(ROWS * HIDDEN).toType(ai.djl.ndarray.types.DataType.FLOAT32, true);
            NDArray first = x.mul(0.7).sin().reshape(ROWS, HIDDEN);
            begin(steps, 4);
            NDList inputs = new NDList(first).addAll(TokenLayout.full(ROWS, 6).arrays(scope));
            float[] logits = model.classifier().logits(pass, inputs).toFloatArray();
            float[] expected =
                    name.equals("roberta")
                            ? roberta(Golden.base(model), first, steps)
                            : distilbert(Golden.base(model), first, steps);
            steps.end();
            assertThat(Golden.farthest(logits, expected)).isLessThan(1e-5);
        }
    }

    private static float[] roberta(Map<String, float[]> weights, NDArray x, StepContext steps) {
        NDArray one = factors(steps, x, "classifier.dropout");
        NDArray two = factors(steps, x, "classifier.dropout.1");
        assertThat(one.toFloatArray()).isNotEqualTo(two.toFloatArray()).contains(0f, 2f);
        float[] wide = linear(weights, "classifier.dense", x.mul(one).toFloatArray(), HIDDEN);
        float[] mask = two.toFloatArray();
        for (int i = 0; i < wide.length; i++) {
            wide[i] = (float) Math.tanh(wide[i]) * mask[i];
        }
        return linear(weights, "classifier.out_proj", wide, 3);
    }

    /** Of 0 and 2. */
    private static NDArray factors(StepContext steps, NDArray x, String path) {
        NDArray kept = steps.mask(x, 0.5, StepContext.pathKey(path));
        return kept.toType(DataType.FLOAT32, true).mul(2);
    }

    private static float[] distilbert(Map<String, float[]> weights, NDArray x, StepContext steps) {
        float[] mask = factors(steps, x, "dropout").toFloatArray();
        assertThat(mask).contains(0f, 2f);
        float[] wide = linear(weights, "pre_classifier", x.toFloatArray(), HIDDEN);
        for (int i = 0; i < wide.length; i++) {
            wide[i] = Math.max(0, wide[i]) * mask[i];
        }
        return linear(weights, "classifier", wide, 3);
    }

    private static float[] linear(Map<String, float[]> weights, String path, float[] x, int out) {
        float[] w = weights.get(path + ".weight");
        float[] b = weights.get(path + ".bias");
        float[] y = new float[ROWS * out];
        for (int row = 0; row < ROWS; row++) {
            for (int o = 0; o < out; o++) {
                double sum = b[o];
                for (int i = 0; i < HIDDEN; i++) {
                    sum += (double) w[o * HIDDEN + i] * x[row * HIDDEN + i];
                }
                y[row * out + o] = (float) sum;
            }
        }
        return y;
    }

    private static void begin(StepContext steps, int step) {
        steps.begin(9, step);
        steps.rows(new long[] {14, 3, 8}, new int[] {7, 6, 5});
    }

    /** The last hidden states in training; with a path, by the last layer's block itself. */
    private static NDArray hidden(
            LoraModel model, NDManager scope, int step, @Nullable String layers) {
        SequenceClassifier block = model.classifier();
        Pass pass = new Pass(new ParameterStore(model.manager(), false), true);
        Shape shape = new Shape(ROWS, 7);
        long[] ids = new long[21];
        long[] mask = new long[21];
        for (int i = 0; i < 21; i++) {
            ids[i] = 5L + (i * 11) % 31;
            mask[i] = i % 7 < 5 + i / 7 ? 1 : 0;
        }
        NDArray x = scope.create(ids, shape);
        TokenLayout layout = new TokenLayout(mask, ROWS);
        begin(block.loraContext().steps(), step);
        try {
            NDList made = block.embed(pass, new NDList(x, x.zerosLike(), layout.places(scope)));
            NDArray h = made.get(0);
            NDList arrays = layout.arrays(scope).addAll(made.subNDList(1));
            h = block.layer(0, pass, new NDList(h).addAll(arrays));
            NDList inputs = new NDList(h).addAll(arrays);
            if (layers == null) {
                return block.layer(1, pass, inputs);
            }
            Block last =
                    BlockTree.walk(block).stream()
                            .filter(node -> node.path().equals(layers + ".1"))
                            .findFirst()
                            .orElseThrow()
                            .block();
            return last.forward(pass.store(), inputs, true).singletonOrThrow();
        } finally {
            block.loraContext().steps().end();
        }
    }
}
