/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.model.Quantization;
import org.lora4j.torch.GradMode;
import org.lora4j.train.LoraTrainer;

/** Models of several tasks on one set of weights are those that are loaded one by one. */
final class SharedTasksTest {
    private static final long[] IDS = {2, 5, 4, 6, 3, 2, 7, 3, 1, 1};
    private static final long[] MASK = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
    private static final LoraConfig CONFIG =
            LoraConfig.builder().setRank(4).setAlpha(8).optTargetModules("all-linear").build();

    @TempDir Path folder;

    private static List<Task> tasks(String name) {
        boolean decoder = name.startsWith("llama") || name.equals("gpt2");
        List<Task> tasks = new ArrayList<>();
        tasks.add(Task.sequenceClassification("no", "yes"));
        tasks.add(Task.sequenceClassification("red", "green", "blue", "other"));
        tasks.add(Task.embedding(EmbeddingForm.of(Pooling.MEAN)));
        tasks.add(Task.regression());
        tasks.add(Task.multiLabelClassification("a", "b", "c"));
        tasks.add(Task.reranking());
        if (decoder) {
            tasks.add(Task.causalLanguageModel());
        } else {
            tasks.add(Task.tokenClassification("O", "B-PER", "I-PER"));
            tasks.add(Task.questionAnswering());
        }
        return tasks;
    }

    private Path model(String name) throws IOException {
        return switch (name) {
            case "bert" -> Golden.model(folder, "bare");
            case "llama", "llama-tied", "gpt2" -> DecoderGolden.model(folder, name);
            default -> EncoderGolden.model(folder, name, json -> {});
        };
    }

    /** All numbers that a model gives for two texts, padded. */
    private static float[] numbers(LoraModel model) {
        try (NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            NDArray ids = scope.create(IDS, new Shape(2, 5));
            NDArray mask = scope.create(MASK, new Shape(2, 5));
            NDList found =
                    model.block()
                            .forward(
                                    new ParameterStore(scope, false), new NDList(ids, mask), false);
            return found.get(0).toFloatArray();
        }
    }

    /** The arrays of a model by their names, without the name of the model before them. */
    private static Map<String, NDArray> arrays(LoraModel model) {
        Map<String, NDArray> all = new HashMap<>();
        ModelTensors.plain(model.block())
                .forEach(
                        (path, weight) ->
                                all.put(
                                        path.replaceFirst(
                                                "^(model|transformer|[a-z]*bert[a-z]*)\\.(?=[a-z])",
                                                ""),
                                        weight.getArray()));
        return all;
    }

    private static long count(NDManager manager) {
        return manager.getManagedArrays().size();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert",
                "roberta-bare",
                "distilbert-mlm",
                "modernbert-mlm",
                "deberta-bare",
                "llama-tied",
                "gpt2"
            })
    void eachGivesTheBitsOfOneLoadedAlone(String name) throws IOException {
        Path directory = model(name);
        try (SharedBase base = SharedBase.load(directory, LoadOptions.defaults())) {
            for (Task task : tasks(name)) {
                try (LoraModel model = base.newModel(task);
                        LoraModel again = base.newModel(task);
                        LoraModel alone = LoraModel.load(directory, task)) {
                    float[] expected = numbers(alone);
                    assertThat(numbers(model)).as("%s", task).containsExactly(expected);
                    assertThat(numbers(again)).as("%s again", task).containsExactly(expected);
                    assertThat(model.labels()).isEqualTo(alone.labels());
                    assertThat(model.drawnLayers()).isEqualTo(alone.drawnLayers());
                    assertThat(ModelTensors.plain(model.block()).keySet())
                            .isEqualTo(ModelTensors.plain(alone.block()).keySet());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "deberta-bare", "llama", "llama-tied", "gpt2"})
    void whatTheCheckpointHasIsThereOnce(String name) throws IOException {
        try (SharedBase base = SharedBase.load(model(name), LoadOptions.defaults())) {
            Map<String, NDArray> known = new LinkedHashMap<>();
            for (Task task : tasks(name)) {
                try (LoraModel model = base.newModel(task)) {
                    Map<String, NDArray> found = arrays(model);
                    found.keySet().removeIf(path -> isDrawn(model, path));
                    found.forEach(
                            (path, array) ->
                                    assertThat(known.getOrDefault(path, array))
                                            .as("%s of %s", path, task)
                                            .isSameAs(array));
                    known.putAll(found);
                }
            }
            assertThat(known).hasSizeGreaterThan(10);
        }
    }

    private static boolean isDrawn(LoraModel model, String path) {
        return model.drawnLayers().stream()
                .anyMatch(layer -> path.startsWith(layer.replaceFirst("^bert\\.", "") + "."));
    }

    @Test
    void aClosedModelLeavesNothingBehind() throws IOException {
        try (SharedBase base = SharedBase.load(model("bert"), LoadOptions.defaults());
                LoraModel first = base.newModel(Task.sequenceClassification("no", "yes"))) {
            NDManager manager = first.manager();
            try (LoraModel other = base.newModel(Task.sequenceClassification("a", "b", "c"))) {
                other.addAdapter("default", CONFIG);
                numbers(other);
            }
            long before = count(manager);
            for (int i = 0; i < 3; i++) {
                try (LoraModel other = base.newModel(Task.sequenceClassification("a", "b", "c"))) {
                    assertThat(count(manager)).as("its head").isEqualTo(before + 2);
                    other.addAdapter("default", CONFIG);
                    numbers(other);
                }
                assertThatThrownBy(() -> base.newModel(Task.sequenceClassification()))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("no classification head");
                assertThat(count(manager)).isEqualTo(before);
            }
        }
    }

    @Test
    void eachHasAdaptersOfItsOwnAndLearnsAsOneAlone() throws IOException {
        Path directory = model("bert");
        Task two = Task.sequenceClassification("no", "yes");
        Task three = Task.sequenceClassification("perhaps", "no", "yes");
        float[] alone;
        float[] untrained;
        try (LoraModel model = LoraModel.load(directory, three)) {
            untrained = numbers(model);
            alone = trained(model);
        }
        try (SharedBase base = SharedBase.load(directory, LoadOptions.defaults());
                LoraModel first = base.newModel(two);
                LoraModel second = base.newModel(three);
                LoraModel third = base.newModel(three)) {
            float[] before = numbers(first);
            assertThat(trained(second)).containsExactly(alone).isNotEqualTo(untrained);
            assertThat(numbers(first)).containsExactly(before);
            assertThat(numbers(third)).containsExactly(untrained);
            assertThat(first.adapterNames()).isEmpty();
            assertThat(second.adapterNames()).containsExactly("default");

            Path adapter = folder.resolve("adapter");
            second.saveAdapter("default", adapter);
            try (LoraModel loaded = base.newModel(adapter)) {
                assertThat(loaded.labels()).containsExactly("perhaps", "no", "yes");
                assertThat(numbers(loaded)).containsExactly(alone);
            }
            assertThatThrownBy(() -> first.loadAdapter("default", adapter))
                    .isInstanceOf(IOException.class);
        }
    }

    private static float[] trained(LoraModel model) {
        model.addAdapter("default", CONFIG);
        LoraTrainer.builder(model)
                .setDataset(
                        TextDataset.forTraining(
                                model,
                                Texts.rows(32, 2),
                                "rows",
                                BatchOptions.defaults().withBatchSize(8)))
                .optSteps(6)
                .optConfig(c -> c.optLearningRate(5e-3))
                .build()
                .fit();
        return numbers(model);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theyAreClosedInAnyOrder(int last) throws IOException {
        SharedBase base = SharedBase.load(model("bert"), LoadOptions.defaults());
        List<LoraModel> models =
                List.of(
                        base.newModel(Task.sequenceClassification("no", "yes")),
                        base.newModel(Task.tokenClassification("O", "I-PER")),
                        base.newModel(Task.embedding(EmbeddingForm.of(Pooling.MEAN))));
        float[] expected = numbers(models.get(last));
        List<NDArray> arrays = List.copyOf(arrays(models.get(last)).values());
        base.close();
        for (int i = 0; i < models.size(); i++) {
            if (i != last) {
                models.get(i).close();
            }
        }
        assertThat(numbers(models.get(last))).containsExactly(expected);
        assertThat(arrays).noneMatch(NDArray::isReleased);
        models.get(last).close();
        assertThat(arrays).allMatch(NDArray::isReleased);
        assertThatThrownBy(() -> base.newModel(Task.regression()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void theHeadOfTheCheckpointIsKeptWhereItIsOfTheTask() throws IOException {
        Path directory = Golden.model(folder, "head");
        try (SharedBase base = SharedBase.load(directory, LoadOptions.defaults());
                LoraModel alone = LoraModel.load(directory, Task.sequenceClassification());
                LoraModel model = base.newModel(Task.sequenceClassification())) {
            assertThat(model.drawnLayers()).isEmpty();
            assertThat(model.labels()).isEqualTo(alone.labels());
            assertThat(numbers(model)).containsExactly(numbers(alone));
            assertThatThrownBy(() -> base.newModel(Task.regression()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("withNewHead(true)");
        }
        LoadOptions anew = LoadOptions.defaults().withNewHead(true);
        Task other = Task.sequenceClassification("a", "b");
        try (SharedBase base = SharedBase.load(directory, anew);
                LoraModel alone = LoraModel.load(directory, other, anew);
                LoraModel model = base.newModel(other)) {
            assertThat(model.drawnLayers()).isEqualTo(alone.drawnLayers()).isNotEmpty();
            assertThat(numbers(model)).containsExactly(numbers(alone));
        }
    }

    @Test
    void layersInFourBitsAreSharedAsTheyArePacked() throws IOException {
        LoadOptions packed = LoadOptions.defaults().withQuantization(Quantization.nf4());
        for (String name : List.of("bert", "gpt2")) {
            Path directory = model(name);
            try (SharedBase base = SharedBase.load(directory, packed)) {
                for (Task task : tasks(name).subList(1, 4)) {
                    try (LoraModel model = base.newModel(task);
                            LoraModel alone = LoraModel.load(directory, task, packed)) {
                        assertThat(numbers(model))
                                .as("%s of %s", task, name)
                                .containsExactly(numbers(alone));
                    }
                }
            }
        }
    }

    @Test
    void aPoolerWithoutABiasIsInNobodysWay() throws IOException {
        Path directory = model("bert");
        Weights.edit(directory, tensors -> tensors.remove("pooler.dense.bias"));
        try (SharedBase base = SharedBase.load(directory, LoadOptions.defaults());
                LoraModel tokens = base.newModel(Task.tokenClassification("O", "I-PER"));
                LoraModel whole =
                        LoraModel.load(model("bert"), Task.tokenClassification("O", "I-PER"))) {
            assertThat(numbers(tokens)).containsExactly(numbers(whole));
            assertThatThrownBy(() -> base.newModel(Task.regression()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("pooler.dense.bias is missing");
        }
    }

    @Test
    void aBaseOfNoTaskAsksForOne() throws IOException {
        try (SharedBase base = SharedBase.load(model("bert"), LoadOptions.defaults())) {
            assertThatThrownBy(base::newModel)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("newModel(Task.");
            assertThatThrownBy(() -> base.newModel(Task.causalLanguageModel()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("encoder");
        }
    }
}
