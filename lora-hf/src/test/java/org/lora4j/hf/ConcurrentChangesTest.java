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
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;

/** What threads get that run a model while its owner changes it: always one adapter's answer. */
final class ConcurrentChangesTest {
    @TempDir Path folder;

    private LoraModel load(String kind) throws IOException {
        return kind.equals("bert")
                ? LoraModel.load(
                        Golden.model(folder, "bare"), Task.sequenceClassification("no", "yes"))
                : DecoderGolden.load(folder, kind);
    }

    /** An adapter of layers, and for a classifier with biases and a head of its own. */
    private static LoraConfigBuilder config(String kind) {
        return LoraConfig.builder()
                .setRank(2)
                .setAlpha(4)
                .optTargetModules("all-linear")
                .optBias(kind.equals("bert") ? Bias.ALL : Bias.NONE);
    }

    private static void add(LoraModel model, String name, int seed, LoraConfig config) {
        model.addAdapter(name, config);
        for (NDArray array : Golden.adapter(model, name).values()) {
            float[] values = new float[(int) array.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.3f * (float) Math.sin(seed + 1.7 * i);
            }
            try (NDArray filled = array.getManager().create(values, array.getShape())) {
                Torch.copyInto(array, filled);
            }
        }
    }

    /** As a user runs the model: results belong to a manager below the model's. */
    private static float[] run(LoraModel model) {
        try (GradMode off = GradMode.off();
                NDManager scope = model.manager().newSubManager()) {
            NDArray ids = scope.create(new long[] {1, 9, 12, 11, 7, 5}, new Shape(2, 3));
            return model.block()
                    .forward(new ParameterStore(scope, false), new NDList(ids), false)
                    .head()
                    .toFloatArray();
        }
    }

    private static float[] run(LoraModel model, String adapter) {
        AdapterSelection selection =
                adapter.isEmpty() ? AdapterSelection.none() : AdapterSelection.of(adapter);
        try (ActiveAdapters.Scope scope = model.use(selection)) {
            return run(model);
        }
    }

    /** Saves two adapters, and says what each answers. */
    private Serving twoAdapters(LoraModel model, String kind) throws IOException {
        for (String name : new String[] {"a", "b"}) {
            add(model, name, name.charAt(0), config(kind).build());
            model.saveAdapter(name, folder.resolve(name));
        }
        return new Serving().expect("a", run(model, "a")).expect("b", run(model, "b"));
    }

    private static String either(int number) {
        return number % 2 == 0 ? "a" : "b";
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void anAnswerIsOfTheSelectionBeforeOrAfter(String kind) throws Exception {
        try (LoraModel model = load(kind)) {
            Serving serving = twoAdapters(model, kind);
            Map<String, Integer> seen =
                    serving.during(
                            i -> model.setActive(AdapterSelection.of(either(i))), () -> run(model));
            assertThat(seen).containsOnlyKeys("a", "b");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void anAdapterThatIsLoadedOrDeletedIsSeenWhole(String kind) throws Exception {
        try (LoraModel model = load(kind)) {
            Serving serving = twoAdapters(model, kind).expect("", run(model, ""));
            model.deleteAdapter("a");
            Map<String, Integer> seen =
                    serving.during(
                            i -> {
                                model.loadAdapter("n" + i, folder.resolve(either(i)));
                                if (i % 3 == 2) {
                                    model.unload();
                                } else {
                                    model.deleteAdapter("n" + i);
                                }
                            },
                            () -> run(model));
            assertThat(Set.of("a", "b", "")).containsAll(seen.keySet());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void anAdapterIsReplacedAsAWhole(String kind) throws Exception {
        try (LoraModel model = load(kind)) {
            Serving serving = twoAdapters(model, kind);
            model.deleteAdapter("b");
            int arrays = model.manager().getManagedArrays().size();
            Map<String, Integer> seen =
                    serving.during(
                            i -> model.replaceAdapter("a", folder.resolve(either(i + 1))),
                            () -> run(model, "a"));
            assertThat(seen).containsOnlyKeys("a", "b");
            assertThat(model.manager().getManagedArrays()).hasSizeLessThanOrEqualTo(arrays);
            assertThat(model.adapterNames()).containsExactly("a");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void aDeletedAdapterIsToldByItsName(String kind) throws Exception {
        try (LoraModel model = load(kind)) {
            Serving serving = twoAdapters(model, kind);
            Map<String, Integer> seen =
                    serving.during(
                            i -> {
                                model.deleteAdapter("a");
                                model.loadAdapter("a", folder.resolve("a"));
                            },
                            () -> run(model, "a"));
            assertThat(seen).containsKey("a");
            seen.keySet().stream()
                    .filter(answer -> !answer.equals("a"))
                    .forEach(answer -> assertThat(answer).contains("\"a\""));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void mergingAndUnmergingChangeNoAnswer(String kind) throws Exception {
        try (LoraModel model = load(kind)) {
            Serving serving = twoAdapters(model, kind);
            model.setActive(AdapterSelection.of("a"));
            Map<String, Integer> seen =
                    serving.during(
                            i -> {
                                model.mergeAdapter();
                                if (i % 2 == 0) {
                                    model.unmergeAdapter();
                                }
                            },
                            () -> run(model));
            assertThat(seen).containsOnlyKeys("a");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void adaptersThatMergeOnInferenceAnswerAsThemselves(String kind) throws Exception {
        try (LoraModel model = load(kind)) {
            for (String name : new String[] {"a", "b"}) {
                add(model, name, name.charAt(0), config(kind).optMergeOnInference(true).build());
            }
            Serving serving =
                    new Serving().expect("a", run(model, "a")).expect("b", run(model, "b"));
            Map<String, Integer> seen =
                    serving.during(
                            i -> model.setActive(AdapterSelection.of(either(i))), () -> run(model));
            assertThat(seen).containsOnlyKeys("a", "b");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void changesOfSeveralThreadsAreMadeOneAfterAnother(String kind) throws Exception {
        try (LoraModel model = load(kind)) {
            Serving serving = twoAdapters(model, kind).expect("", run(model, ""));
            Serving.Change change =
                    i -> {
                        String name = Thread.currentThread().getName() + i;
                        model.loadAdapter(name, folder.resolve(either(i)));
                        model.trainableParameters();
                        model.mergeAdapter();
                        model.deleteAdapter(name);
                    };
            ExecutorService others = Executors.newFixedThreadPool(2);
            try {
                List<Future<Map<String, Integer>>> seen = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    seen.add(others.submit(() -> serving.during(change, () -> run(model))));
                }
                for (Future<Map<String, Integer>> each : seen) {
                    assertThat(Set.of("a", "b", "")).containsAll(each.get().keySet());
                }
            } finally {
                others.shutdown();
            }
            model.unload();
            assertThat(serving.during(i -> {}, () -> run(model))).containsOnlyKeys("");
        }
    }

    @Test
    void aModelIsRebuiltByOneThreadAtATime() throws Exception {
        try (LoraModel model = load("llama")) {
            int tokens = model.block().vocabularySize();
            AtomicBoolean done = new AtomicBoolean();
            ExecutorService pool = Executors.newFixedThreadPool(4);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int more = i;
                all.add(
                        pool.submit(
                                () -> {
                                    for (int n = 0; n < 100; n++) {
                                        model.resizeTokenEmbeddings(tokens + more);
                                    }
                                }));
            }
            Future<?> reader =
                    pool.submit(
                            () -> {
                                while (!done.get()) {
                                    runUnlessRefused(model);
                                }
                            });
            try {
                for (Future<?> each : all) {
                    each.get();
                }
            } finally {
                done.set(true);
                pool.shutdown();
            }
            reader.get();
        }
    }

    /** A run that may begin while the model is being rebuilt. */
    private static void runUnlessRefused(LoraModel model) {
        try {
            assertThat(run(model)).isNotEmpty();
        } catch (IllegalStateException e) {
            assertThat(e)
                    .satisfiesAnyOf(
                            it -> assertThat(it).hasMessageContaining("being resized"),
                            it -> assertThat(it).hasMessageContaining("just replaced"));
        }
    }
}
