/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.train.TrainingTask;

/**
 * The last layer computed for the pooled position alone gives what all positions give: logits,
 * gradients, and the same dropout masks.
 */
final class LastLayerTest {
    private static final int LAST = 2;

    @TempDir Path folder;

    /** What a pass gave: the logits, then each trained tensor's gradient. */
    private record Outcome(List<float[]> numbers) {
        double farthest(Outcome other) {
            double most = 0;
            assertThat(numbers).hasSameSizeAs(other.numbers);
            for (int i = 0; i < numbers.size(); i++) {
                for (int k = 0; k < numbers.get(i).length; k++) {
                    float difference = numbers.get(i)[k] - other.numbers.get(i)[k];
                    most = Math.max(most, Math.abs(difference));
                }
            }
            return most;
        }
    }

    @Test
    void oneOrAllPositionsGiveTheSame() throws IOException {
        try (LoraModel model = LoraModel.load(directory(), Task.sequenceClassification("a", "b"))) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(3)
                            .setAlpha(7)
                            .optDropout(0.25)
                            .optTargetModules("all-linear")
                            .build();
            model.addAdapter("default", config);
            Map<String, NDArray> trained = model.trainingTask(TextBatch.class).trainable();
            fill(trained);
            Outcome one = run(model, 5, true, true);
            assertThat(one.numbers).hasSize(1 + trained.size());
            assertThat(run(model, 5, false, true).farthest(one)).isLessThan(2e-6);
            assertThat(run(model, 6, false, true).farthest(one))
                    .as("other masks")
                    .isGreaterThan(1e-3);
            assertThat(run(model, 5, false, false).farthest(run(model, 5, true, false)))
                    .as("without dropout")
                    .isLessThan(2e-6);
            assertThat(run(model, 5, true, false).farthest(one)).isGreaterThan(1e-3);
        }
    }

    private static void fill(Map<String, NDArray> trained) {
        int seed = 1;
        for (NDArray array : trained.values()) {
            float[] values = new float[(int) array.size()];
            seed++;
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.2f * (float) Math.sin(seed + 1.3 * i);
            }
            try (NDArray filled = array.getManager().create(values, array.getShape())) {
                Torch.copyInto(array, filled);
            }
        }
    }

    private static Outcome run(LoraModel model, int step, boolean pooledOnly, boolean dropout) {
        SequenceClassifier block = model.classifier();
        block.dropouts().set(dropout);
        TrainingTask<?> task = model.trainingTask(TextBatch.class);
        Pass pass = new Pass(new ParameterStore(model.manager(), false), true);
        List<NDArray> trained = new ArrayList<>(task.trainable().values());
        try (NDManager scope = model.manager().newSubManager();
                GradMode on = GradMode.on()) {
            task.steps().begin(1, step);
            task.steps().rows(new long[] {8, 3, 14}, new int[] {6, 5, 4});
            Shape shape = new Shape(3, 7);
            long[] ids = new long[21];
            long[] mask = new long[21];
            for (int i = 0; i < 21; i++) {
                ids[i] = 5 + (i * 11L) % 55;
                mask[i] = i % 7 < 4 + i / 7 ? 1 : 0;
            }
            TokenLayout layout = new TokenLayout(mask, 3);
            NDList arrays = layout.arrays(scope);
            NDArray x = scope.create(ids, shape);
            NDArray hidden =
                    block.embed(pass, new NDList(x, x.zerosLike(), layout.places(scope))).head();
            for (int i = 0; i < LAST; i++) {
                hidden = block.layer(i, pass, new NDList(hidden).addAll(arrays));
            }
            NDList inputs = new NDList(hidden).addAll(arrays);
            hidden =
                    pooledOnly
                            ? block.layer(LAST, pass, inputs)
                            : last(block).forward(pass.store(), inputs, true).singletonOrThrow();
            assertThat(hidden.getShape()).isEqualTo(new Shape(pooledOnly ? 3 : 15, 24));
            NDArray logits = block.logits(pass, new NDList(hidden).addAll(arrays));
            NDArray loss = Torch.crossEntropySum(logits, scope.create(new long[] {1, 0, 1}));
            List<float[]> numbers = new ArrayList<>();
            numbers.add(logits.toFloatArray());
            NDList gradients = Autograd.gradients(loss, trained);
            gradients.attach(scope);
            gradients.forEach(gradient -> numbers.add(gradient.toFloatArray()));
            return new Outcome(numbers);
        } finally {
            task.steps().end();
        }
    }

    private static Block last(SequenceClassifier block) {
        return BlockTree.walk(block).stream()
                .filter(node -> node.path().equals("bert.encoder.layer." + LAST))
                .findFirst()
                .orElseThrow()
                .block();
    }

    private Path directory() throws IOException {
        for (String name :
                List.of("bare/config.json", "bare/model.safetensors", "tokenizer.json")) {
            Path source = golden(name);
            Files.copy(source, folder.resolve(source.getFileName().toString()));
        }
        Path config = folder.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config).replace("dropout_prob\":0.0", "dropout_prob\":0.3"));
        return folder;
    }

    private static Path golden(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(LastLayerTest.class.getResource("/golden/bert/" + name))
                            .toURI());
        } catch (URISyntaxException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
