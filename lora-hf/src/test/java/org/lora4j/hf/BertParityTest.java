/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.hf.Golden.Rows;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.train.Stage;

/** BERT gives transformers' numbers. */
final class BertParityTest {
    @TempDir Path folder;

    private LoraModel load(String name) throws IOException {
        Task task = name.equals("regression") ? Task.regression() : Task.sequenceClassification();
        return LoraModel.load(Golden.model(folder, name), task);
    }

    @ParameterizedTest
    @ValueSource(strings = {"head", "regression", "relu", "legacy", "half", "bfloat"})
    void logitsAreTransformers(String name) throws IOException {
        try (LoraModel model = load(name)) {
            double ours = 0;
            double theirs = 0;
            for (Rows rows : Golden.batches(name)) {
                float[] logits = Golden.logits(model, rows.padded());
                assertThat(Golden.farthest(logits, rows.logits())).isLessThan(1e-4);
                ours = Math.max(ours, Golden.farthest(logits, rows.logits64()));
                theirs = Math.max(theirs, Golden.farthest(rows.logits(), rows.logits64()));
            }
            assertThat(ours).as("the distance from float64").isLessThanOrEqualTo(2 * theirs);
        }
    }

    @Test
    void theDjlBlockGivesTheSameAndEveryInputMatters() throws IOException {
        try (LoraModel model = load("head");
                NDManager scope = model.manager().newSubManager()) {
            Rows rows = Golden.batches("head").get(1);
            PaddedBatch batch = rows.padded();
            Shape shape = new Shape(batch.rows(), batch.columns());
            NDArray ids = scope.create(batch.ids(), shape);
            NDArray mask = scope.create(batch.attentionMask(), shape);
            NDArray types = scope.create(batch.typeIds(), shape);
            assertThat(Golden.farthest(run(model, ids, mask, types), rows.logits()))
                    .isLessThan(1e-5);
            assertThat(Golden.farthest(run(model, ids, mask), rows.logits())).isGreaterThan(1e-3);
            assertThat(Golden.farthest(run(model, ids, mask.onesLike(), types), rows.logits()))
                    .isGreaterThan(1e-3);
            assertThat(Golden.farthest(run(model, ids.flip(1), mask, types), rows.logits()))
                    .isGreaterThan(1e-3);
        }
    }

    private static float[] run(LoraModel model, NDArray... inputs) {
        ParameterStore store = new ParameterStore(inputs[0].getManager(), false);
        try (GradMode off = GradMode.off()) {
            return model.block()
                    .forward(store, new NDList(inputs), false)
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }

    @Test
    void gradientsOfEveryWeightAreTransformers() throws IOException {
        JsonObject json = Golden.json(Golden.file("relu/gradients.json"));
        Rows rows = new Gson().fromJson(json, Rows.class);
        float[] labels = new Gson().fromJson(json.get("labels"), float[].class);
        Map<String, float[]> expected = Golden.tensors("relu/gradients.safetensors");
        try (LoraModel model = load("relu")) {
            model.trainAll();
            Gradients found = Gradients.of(model, new TextBatch(rows.padded(), labels));
            assertThat(found.loss()).isEqualTo(json.get("loss").getAsDouble(), within(1e-5));
            assertThat(found.byPath().keySet()).isEqualTo(expected.keySet());
            found.byPath()
                    .forEach(
                            (path, gradient) ->
                                    assertThat(Golden.farthest(gradient, expected.get(path)))
                                            .as(path)
                                            .isLessThan(1e-5));
            float[] other = expected.get("bert.embeddings.word_embeddings.weight");
            assertThat(magnitude(other)).as("the gradients are not nothing").isGreaterThan(1e-2);
        }
    }

    static double magnitude(float[] values) {
        return Golden.farthest(values, new float[values.length]);
    }

    /** A batch's mean loss and the gradients of what trains. */
    record Gradients(double loss, Map<String, float[]> byPath) {
        static Gradients of(LoraModel model, TextBatch batch) {
            SequenceClassificationTask task = new SequenceClassificationTask(model.loaded());
            try (NDManager scope = model.manager().newSubManager();
                    GradMode on = GradMode.on()) {
                task.steps().begin(3, 0);
                NDList hidden = task.input(scope, batch);
                for (Stage stage : task.stages()) {
                    hidden = stage.apply(scope, hidden);
                }
                NDArray sum = task.head(scope, hidden, batch).sum();
                // DJL's own division frees the number that the gradient reads
                NDArray loss = Torch.divide(sum, (double) batch.size());
                List<String> paths = new ArrayList<>(task.trainable().keySet());
                NDList found = Autograd.gradients(loss, new ArrayList<>(task.trainable().values()));
                found.attach(scope);
                Map<String, float[]> byPath = new java.util.LinkedHashMap<>();
                for (int i = 0; i < paths.size(); i++) {
                    String path = paths.get(i);
                    int end = path.indexOf(" of ");
                    byPath.put(
                            end < 0 ? path : path.substring(0, end), found.get(i).toFloatArray());
                }
                return new Gradients(loss.getFloat(), byPath);
            } finally {
                task.steps().end();
            }
        }
    }
}
