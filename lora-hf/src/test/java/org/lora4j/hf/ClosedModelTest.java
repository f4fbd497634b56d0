/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.model.ModelRoot;

/** What is left of a model that was closed, merged, or forgotten. */
final class ClosedModelTest {
    private static final LoraConfig CONFIG =
            LoraConfig.builder().setRank(2).setAlpha(4).optTargetModules("q_proj").build();
    private static final GenerationConfig LONG =
            GenerationConfig.builder().optMaxNewTokens(50).build();

    @TempDir Path folder;

    private LoraModel llama() throws IOException {
        return DecoderGolden.load(folder, "llama");
    }

    private static float[] run(LoraModel model) {
        try (NDManager scope = model.manager().newSubManager()) {
            NDArray ids = scope.create(new long[] {1, 9, 12}, new Shape(1, 3));
            return model.block()
                    .forward(new ParameterStore(scope, false), new NDList(ids), false)
                    .head()
                    .toFloatArray();
        }
    }

    private static List<ThrowingCallable> calls(LoraModel model) {
        Path nowhere = Path.of("nowhere");
        return List.of(
                model::block,
                model::languageModel,
                model::manager,
                model::config,
                model::tokenizer,
                model::labels,
                model::maxPositions,
                model::adapterNames,
                model::drawnLayers,
                model::asModel,
                model::trainableParameters,
                model::mergeAdapter,
                model::unmergeAdapter,
                model::mergeAndUnload,
                model::unload,
                model::trainAll,
                () -> model.addAdapter("b", CONFIG),
                () -> model.loadAdapter("b", nowhere),
                () -> model.loadAdapters(nowhere),
                () -> model.replaceAdapter("a", nowhere),
                () -> model.deleteAdapter("a"),
                () -> model.saveAdapter("a", nowhere),
                () -> model.saveAdapters(nowhere),
                () -> model.save(nowhere),
                () -> model.trainAdapter("a"),
                () -> model.setActive(AdapterSelection.of("a")),
                () -> model.use(AdapterSelection.of("a")),
                () -> model.trainingTask(CausalBatch.class));
    }

    @Test
    void everyCallSaysThatTheModelIsClosed() throws IOException {
        LoraModel model = llama();
        model.addAdapter("a", CONFIG);
        ModelRoot root = model.block();
        model.close();
        model.close();
        for (ThrowingCallable call : calls(model)) {
            assertThatIllegalStateException()
                    .isThrownBy(call)
                    .withMessageContaining("the model is closed")
                    .withMessageNotContaining("mergeAndUnload");
        }
        try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
            NDList ids = new NDList(scope.create(new long[] {1, 2}, new Shape(1, 2)));
            assertThatIllegalStateException()
                    .isThrownBy(() -> root.forward(new ParameterStore(scope, false), ids, false))
                    .withMessageContaining("the model is closed");
        }
    }

    @Test
    void everyCallAfterMergingNamesTheOtherModel() throws IOException {
        LoraModel model = llama();
        model.addAdapter("a", CONFIG);
        try (LoraModel plain = model.mergeAndUnload()) {
            for (ThrowingCallable call : calls(model)) {
                assertThatIllegalStateException()
                        .isThrownBy(call)
                        .withMessageContaining("mergeAndUnload() returned");
            }
            model.close();
            assertThat(run(plain)).isNotEmpty();
            plain.addAdapter("a", CONFIG); // the name is free
        }
    }

    @Test
    void threadsThatRunItAreToldAndTheMemoryIsFreedAfterThem() throws Exception {
        for (int round = 0; round < 4; round++) {
            LoraModel model = llama();
            model.addAdapter("a", CONFIG);
            NDManager manager = model.manager();
            TextGenerator generator = TextGenerator.of(model);
            ExecutorService pool = Executors.newFixedThreadPool(3);
            List<Future<String>> ends = new ArrayList<>();
            ends.add(pool.submit(() -> untilTold(() -> run(model))));
            ends.add(pool.submit(() -> untilTold(() -> run(model))));
            ends.add(
                    pool.submit(() -> untilTold(() -> generator.generate(new int[] {1, 9}, LONG))));
            Thread.sleep(60 + 7L * round);
            model.close();
            assertThat(manager.getManagedArrays()).allMatch(a -> a.getManager() != manager);
            for (Future<String> end : ends) {
                assertThat(end.get()).contains("the model is closed");
            }
            pool.shutdown();
        }
    }

    private static String untilTold(ThrowingCallable run) {
        while (true) {
            try {
                run.call();
            } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage());
            } catch (Throwable e) {
                return e.toString();
            }
        }
    }

    @Test
    void closingInsideAGenerationEndsItAndFreesTheMemoryThen() throws IOException {
        LoraModel model = llama();
        NDManager manager = model.manager();
        List<String> pieces = new ArrayList<>();
        assertThatIllegalStateException()
                .isThrownBy(
                        () ->
                                TextGenerator.of(model)
                                        .generate(
                                                new int[] {1, 9},
                                                LONG,
                                                piece -> {
                                                    pieces.add(piece);
                                                    model.close();
                                                }))
                .withMessageContaining("the model is closed");
        assertThat(pieces).hasSize(1);
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void whatWaitsForPassesIsRefusedInsideOne() throws IOException {
        try (LoraModel model = llama()) {
            model.addAdapter("a", CONFIG);
            model.saveAdapter("a", folder.resolve("a"));
            List<ThrowingCallable> waiting =
                    List.of(
                            () -> model.deleteAdapter("a"),
                            () -> model.replaceAdapter("a", folder.resolve("a")),
                            model::unload,
                            model::mergeAdapter,
                            model::unmergeAdapter,
                            model::mergeAndUnload);
            List<Throwable> told = new ArrayList<>();
            TextGenerator.of(model)
                    .generate(
                            new int[] {1, 9},
                            GenerationConfig.builder().optMaxNewTokens(3).build(),
                            piece -> waiting.forEach(call -> told.add(thrown(call))));
            assertThat(told)
                    .isNotEmpty()
                    .allSatisfy(
                            e ->
                                    assertThat(e)
                                            .isInstanceOf(IllegalStateException.class)
                                            .hasMessageContaining("inside"));
            assertThat(model.adapterNames()).containsExactly("a");
            model.deleteAdapter("a");
        }
    }

    private static Throwable thrown(ThrowingCallable call) {
        return org.assertj.core.api.Assertions.catchThrowable(call);
    }

    @Test
    void aStreamKeepsItsAdapterAndHoldsNobodyUp() throws IOException {
        try (LoraModel model = llama()) {
            model.addAdapter("a", CONFIG);
            model.saveAdapter("a", folder.resolve("a"));
            int[] prompt = {1, 9, 12};
            TextGenerator generator = TextGenerator.of(model);
            String whole = generator.generate(prompt, LONG).text();
            StringBuilder pulled = new StringBuilder();
            try (Stream<String> stream = generator.stream(prompt, LONG)) {
                stream.forEach(
                        piece -> {
                            if (pulled.length() == 0) {
                                model.deleteAdapter("a");
                            }
                            pulled.append(piece);
                        });
            }
            assertThat(pulled).hasToString(whole);
            assertThat(model.adapterNames()).isEmpty();
            assertThat(org.lora4j.djl.BlockTree.hosts(model.block())).isEmpty();
        }
    }

    @Test
    void aScopeOfADeletedAdapterIsToldByName() throws IOException {
        try (LoraModel model = llama()) {
            model.addAdapter("a", CONFIG);
            try (ActiveAdapters.Scope scope = model.use(AdapterSelection.of("a"))) {
                run(model);
                model.deleteAdapter("a");
                assertThatIllegalStateException()
                        .isThrownBy(() -> run(model))
                        .withMessageContaining("\"a\" was deleted");
            }
            run(model);
        }
    }

    @Test
    void aModelThatNobodyClosedIsFreedWhenNothingCanRunIt() throws Exception {
        List<ModelRoot> roots = new ArrayList<>();
        NDManager manager = forgotten(roots);
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(manager.getManagedArrays()).isNotEmpty(); // the blocks can still be run
        assertThat(roots.get(0).maxPositions()).isPositive();
        roots.clear();
        for (int i = 0; i < 200 && !manager.getManagedArrays().isEmpty(); i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    private NDManager forgotten(List<ModelRoot> roots) throws IOException {
        LoraModel model = llama();
        model.addAdapter("a", CONFIG);
        roots.add(model.block());
        return model.manager();
    }
}
