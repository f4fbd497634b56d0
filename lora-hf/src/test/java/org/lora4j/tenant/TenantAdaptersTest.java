/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.Golden;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;

/** What tenants get while their adapters come and go: always the answer of their own. */
final class TenantAdaptersTest {
    private static final float ROUNDING = 1e-5f;
    private static final List<String> TENANTS = List.of("a", "b", "c", "d", "e", "f");
    private static final long[] IDS = {1, 9, 12, 11, 7, 5};

    @TempDir Path folder;

    private final Map<String, float[]> expected = new HashMap<>();
    private LoraModel model;

    @AfterEach
    void close() {
        if (model != null) {
            model.close();
        }
    }

    /** A model, and the adapters of all tenants in directories of their names. */
    private void prepare(String kind) throws IOException {
        model =
                kind.equals("bert")
                        ? LoraModel.load(
                                Golden.model(folder, "bare"),
                                Task.sequenceClassification("no", "yes"))
                        : DecoderGolden.load(folder, kind);
        for (int i = 0; i < TENANTS.size(); i++) {
            expected.put(TENANTS.get(i), write(TENANTS.get(i), i));
        }
        expected.put(AdapterRows.BASE, run(AdapterSelection.none()));
        for (String one : expected.keySet()) {
            for (String other : expected.keySet()) {
                if (!one.equals(other)) {
                    assertThat(farthest(expected.get(one), expected.get(other)))
                            .as("%s is told from %s", one, other)
                            .isGreaterThan(100 * ROUNDING);
                }
            }
        }
        model.unload();
    }

    /** Saves an adapter of some rank for a tenant and returns what it answers. */
    private float[] write(String tenant, int seed) throws IOException {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(2 + seed % 3)
                        .setAlpha(4)
                        .optTargetModules(seed % 2 == 0 ? "all-linear" : "regex:.*(q_proj|query)")
                        .build();
        model.addAdapter("written", config);
        Random random = new Random(100 + seed);
        for (AdapterHost host : BlockTree.hosts(model.block())) {
            for (Parameter parameter : host.tensors("written").values()) {
                fill(parameter.getArray(), random);
            }
        }
        model.saveAdapter("written", folder.resolve(tenant));
        float[] answer = run(AdapterSelection.of("written"));
        model.deleteAdapter("written");
        return answer;
    }

    private static void fill(NDArray array, Random random) {
        float[] values = new float[(int) array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.3 * random.nextGaussian());
        }
        try (NDArray made = array.getManager().create(values, array.getShape())) {
            Torch.copyInto(array, made);
        }
    }

    private static double farthest(float[] one, float[] two) {
        double most = 0;
        for (int i = 0; i < one.length; i++) {
            most = Math.max(most, Math.abs(one[i] - two[i]));
        }
        return most;
    }

    /** The logits of as many copies of one text as there are rows, one after another. */
    private float[] forward(int texts) {
        long[] ids = new long[texts * IDS.length];
        for (int i = 0; i < texts; i++) {
            System.arraycopy(IDS, 0, ids, i * IDS.length, IDS.length);
        }
        try (GradMode off = GradMode.off();
                NDManager scope = model.manager().newSubManager()) {
            NDArray input = scope.create(ids, new Shape(texts, IDS.length));
            return model.block()
                    .forward(new ParameterStore(scope, false), new NDList(input), false)
                    .head()
                    .toFloatArray();
        }
    }

    private float[] run(AdapterSelection selection) {
        try (ActiveAdapters.Scope scope = model.use(selection)) {
            return forward(1);
        }
    }

    private float[] run(TenantAdapters tenants, String tenant) throws IOException {
        try (TenantLease lease = tenants.lease(tenant)) {
            return run(lease.selection());
        }
    }

    private void requireOwnAnswer(TenantAdapters tenants, String tenant) throws IOException {
        assertThat(run(tenants, tenant))
                .as("tenant %s", tenant)
                .containsExactly(expected.get(tenant), within(ROUNDING));
    }

    private void requireOwnAnswers(TenantAdapters tenants, List<String> rows) throws IOException {
        float[] all;
        try (TenantLease lease = tenants.lease(rows);
                ActiveAdapters.Scope scope = model.use(lease.rows())) {
            all = forward(rows.size());
        }
        int size = all.length / rows.size();
        for (int i = 0; i < rows.size(); i++) {
            assertThat(Arrays.copyOfRange(all, i * size, (i + 1) * size))
                    .as("row %d, tenant %s", i, rows.get(i))
                    .containsExactly(expected.get(rows.get(i)), within(ROUNDING));
        }
    }

    private static <T> List<T> together(int threads, Callable<T> work) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> done : pool.invokeAll(Collections.nCopies(threads, work))) {
                results.add(done.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void manyThreadsGetTheirTenantsAnswersWhileAdaptersComeAndGo(String kind) throws Exception {
        prepare(kind);
        AtomicInteger seeds = new AtomicInteger();
        TenantAdapters tenants = TenantAdapters.builder(model, folder).optMaxAdapters(2).build();
        together(
                8,
                () -> {
                    Random random = new Random(seeds.incrementAndGet());
                    for (int i = 0; i < 25; i++) {
                        if (random.nextInt(3) > 0) {
                            requireOwnAnswer(tenants, TENANTS.get(random.nextInt(6)));
                        } else {
                            List<String> rows =
                                    Stream.generate(
                                                    () ->
                                                            random.nextInt(5) == 0
                                                                    ? AdapterRows.BASE
                                                                    : TENANTS.get(
                                                                            random.nextInt(6)))
                                            .limit(5)
                                            .toList();
                            requireOwnAnswers(tenants, rows);
                        }
                        if (random.nextInt(10) == 0) {
                            tenants.refresh(TENANTS.get(random.nextInt(6)));
                        }
                        if (random.nextInt(10) == 0) {
                            tenants.evict(TENANTS.get(random.nextInt(6)));
                        }
                    }
                    return null;
                });
        TenantStats stats = tenants.stats();
        assertThat(stats.evictions()).isGreaterThan(10);
        assertThat(stats.loads()).isGreaterThan(TENANTS.size());
        assertThat(stats.failures()).isZero();
        tenants.close();
        assertThat(model.adapterNames()).isEmpty();
        assertThat(BlockTree.hosts(model.block())).isEmpty();
        assertThat(tenants.stats().resident()).isZero();
        assertThat(tenants.stats().residentBytes()).isZero();
    }

    @Test
    void anAdapterThatIsDrivenOutInUseStaysAndComesBack() throws Exception {
        prepare("llama");
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxAdapters(1).build()) {
            TenantLease a = tenants.lease("a");
            TenantLease b = tenants.lease("b");
            TenantLease c = tenants.lease("c");
            assertThat(tenants.stats())
                    .extracting(TenantStats::evictions, TenantStats::resident)
                    .containsExactly(2L, 3);
            for (TenantLease lease : List.of(a, b, c)) {
                String tenant = lease.adapters().get(0).substring(0, 1);
                assertThat(run(lease.selection()))
                        .containsExactly(expected.get(tenant), within(ROUNDING));
            }
            for (String tenant : List.of("a", "b", "c")) {
                requireOwnAnswer(tenants, tenant);
            }
            assertThat(tenants.stats())
                    .extracting(TenantStats::loads, TenantStats::hits)
                    .containsExactly(3L, 3L);
            a.close();
            b.close();
            c.close();
            c.close(); // again: nothing
            assertThatThrownBy(a::selection).hasMessageContaining("was closed");
        }
        assertThat(model.adapterNames()).isEmpty();
    }

    @Test
    void aStreamKeepsAnAdapterWhoseLeaseHasEnded() throws Exception {
        prepare("llama");
        GenerationConfig config =
                GenerationConfig.builder().optMaxNewTokens(12).optTemperature(0).build();
        int[] prompt = Arrays.stream(IDS).mapToInt(Math::toIntExact).toArray();
        TextGenerator generator = TextGenerator.of(model);
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxAdapters(1).build()) {
            String alone;
            try (TenantLease lease = tenants.lease("a");
                    ActiveAdapters.Scope scope = model.use(lease.selection())) {
                alone = generator.generateIds(List.of(prompt), config).get(0).text();
            }
            StringBuilder text = new StringBuilder();
            Iterator<String> begun;
            try (TenantLease lease = tenants.lease("a");
                    ActiveAdapters.Scope scope = model.use(lease.selection())) {
                begun = generator.stream(prompt, config).iterator();
                text.append(begun.next()); // until then it has no adapters yet
            }
            for (String tenant : List.of("b", "c", "d", "b", "c")) {
                requireOwnAnswer(tenants, tenant);
            }
            tenants.evict("a");
            begun.forEachRemaining(text::append);
            assertThat(text).hasToString(alone);
        }
        assertThat(model.adapterNames()).isEmpty();
        assertThat(BlockTree.hosts(model.block())).isEmpty();
    }

    @Test
    void threadsThatAskForATenantAtOnceShareALoad() throws Exception {
        prepare("bert");
        CountDownLatch others = new CountDownLatch(5);
        AtomicInteger asked = new AtomicInteger();
        AdapterDirectories slow =
                tenant -> {
                    asked.incrementAndGet();
                    awaitAll(others);
                    return folder.resolve(tenant);
                };
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, slow).optMaxAdapters(3).build()) {
            Set<String> names =
                    together(
                                    6,
                                    () -> {
                                        others.countDown();
                                        try (TenantLease lease = tenants.lease("a")) {
                                            return lease.adapters().get(0);
                                        }
                                    })
                            .stream()
                            .collect(Collectors.toSet());
            assertThat(names).hasSize(1);
            assertThat(asked).hasValue(1);
            assertThat(tenants.stats().hits()).isEqualTo(5);
        }
    }

    private static void awaitAll(CountDownLatch latch) throws IOException {
        try {
            latch.await();
            Thread.sleep(50); // until they have asked, too
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void aLoadThatFailsIsToldToEachAndTriedAgainByTheNext() throws Exception {
        prepare("bert");
        CountDownLatch others = new CountDownLatch(3);
        AdapterDirectories slow =
                tenant -> {
                    awaitAll(others);
                    return folder.resolve(tenant);
                };
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, slow).optMaxAdapters(3).build()) {
            List<Throwable> told =
                    together(
                            3,
                            () -> {
                                others.countDown();
                                try {
                                    tenants.lease("new").close();
                                    return new AssertionError("was loaded");
                                } catch (IOException e) {
                                    return e;
                                }
                            });
            assertThat(told)
                    .allSatisfy(
                            e ->
                                    assertThat(e)
                                            .isInstanceOf(IOException.class)
                                            .hasMessageContaining("tenant \"new\"")
                                            .hasMessageContaining("adapter_config.json"));
            assertThat(tenants.stats())
                    .extracting(TenantStats::failures, TenantStats::resident)
                    .containsExactly(1L, 0);
            assertThatThrownBy(() -> tenants.lease(List.of("a", "new")))
                    .isInstanceOf(IOException.class);
            tenants.evict("a"); // no lease of it was left
            expected.put("new", write("new", 7));
            requireOwnAnswer(tenants, "new");
        }
        assertThat(model.adapterNames()).isEmpty();
    }

    @Test
    void whatIsActiveAndWhatTrainsStaysAsItIs() throws Exception {
        prepare("bert");
        model.addAdapter("own", LoraConfig.builder().setRank(2).build());
        long trainable = model.trainableParameters().trainable();
        float[] own = run(AdapterSelection.of("own"));
        try (TenantAdapters tenants =
                        TenantAdapters.builder(model, folder).optMaxAdapters(2).build();
                TenantLease lease = tenants.lease(List.of("a", "b", "c"))) {
            assertThat(forward(1)).containsExactly(own);
            assertThat(model.trainableParameters().trainable()).isEqualTo(trainable);
        }
        assertThat(forward(1)).containsExactly(own);
        assertThat(model.trainableParameters().trainable()).isEqualTo(trainable);
        assertThat(model.adapterNames()).containsExactly("own");
    }

    @Test
    void aRefreshedAdapterIsTheDirectorysAndALeaseKeepsTheOneBefore() throws Exception {
        prepare("llama");
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxAdapters(2).build()) {
            tenants.refresh("a"); // not there: nothing
            assertThat(tenants.stats().loads()).isZero();
            TenantLease before = tenants.lease("a");
            float[] old = expected.get("a");
            expected.put("a", write("a", 11));
            assertThat(farthest(old, expected.get("a"))).isGreaterThan(100 * ROUNDING);
            assertThat(run(tenants, "a")).containsExactly(old, within(ROUNDING));
            tenants.refresh("a");
            requireOwnAnswer(tenants, "a");
            assertThat(run(before.selection())).containsExactly(old, within(ROUNDING));
            Path weights = folder.resolve("a/adapter_model.safetensors");
            byte[] good = Files.readAllBytes(weights);
            Files.write(weights, new byte[] {1, 2, 3});
            assertThatThrownBy(() -> tenants.refresh("a")).isInstanceOf(IOException.class);
            requireOwnAnswer(tenants, "a"); // the one that was there stays
            tenants.evict("a");
            assertThatThrownBy(() -> tenants.lease("a")).isInstanceOf(IOException.class);
            Files.write(weights, good);
            requireOwnAnswer(tenants, "a");
            before.close();
        }
        assertThat(model.adapterNames()).isEmpty();
    }

    @Test
    void oneThatWasDrivenOutInUseDoesNotComeBackAfterARefresh() throws Exception {
        prepare("bert");
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxAdapters(1).build()) {
            TenantLease before = tenants.lease("a");
            tenants.lease("b").close();
            tenants.lease("b").close();
            tenants.lease("c").close();
            expected.put("a", write("a", 11));
            tenants.refresh("a");
            requireOwnAnswer(tenants, "a");
            before.close();
        }
    }

    @Test
    void aTenantThatIsAskedForOftenIsNotDrivenOutByMany() throws Exception {
        prepare("bert");
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxAdapters(2).build()) {
            for (String other : List.of("b", "c", "d", "e", "f", "b", "c")) {
                tenants.lease("a").close();
                tenants.lease("a").close();
                tenants.lease(other).close();
            }
            assertThat(tenants.stats())
                    .extracting(TenantStats::loads, TenantStats::evictions)
                    .containsExactly(8L, 6L);
        }
    }

    @Test
    void aLimitOfBytesHolds() throws Exception {
        prepare("bert");
        long bytes;
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxAdapters(9).build()) {
            tenants.lease(TENANTS).close();
            bytes = tenants.stats().residentBytes();
            assertThat(bytes)
                    .isEqualTo(
                            BlockTree.hosts(model.block()).stream()
                                    .flatMap(
                                            host ->
                                                    model.adapterNames().stream()
                                                            .map(host::tensors))
                                    .flatMap(tensors -> tensors.values().stream())
                                    .mapToLong(p -> 4 * p.getArray().size())
                                    .sum());
        }
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxBytes(bytes / 2).build()) {
            for (int round = 0; round < 2; round++) {
                for (String tenant : TENANTS) {
                    requireOwnAnswer(tenants, tenant);
                }
            }
            assertThat(tenants.stats().evictions()).isGreaterThan(2);
        }
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder).optMaxBytes(1).build()) {
            requireOwnAnswer(tenants, "a"); // too large to keep
            requireOwnAnswer(tenants, "a");
            assertThat(tenants.stats().loads()).isEqualTo(2);
        }
        assertThatThrownBy(() -> TenantAdapters.builder(model, folder).build())
                .hasMessageContaining("no limits");
    }

    @Test
    void aLeaseMayBeAskedForInsideAPass() throws Exception {
        prepare("bert");
        try (TenantAdapters tenants =
                        TenantAdapters.builder(model, folder).optMaxAdapters(1).build();
                ActiveAdapters.Scope pass = model.jointAdapters().pass()) {
            for (String tenant : List.of("a", "b", "a", "c")) {
                requireOwnAnswer(tenants, tenant);
            }
        }
        try (ActiveAdapters.Scope change = model.jointAdapters().change()) {
            // what was left to the thread of deletions needs this lock
            assertThat(change).isNotNull();
        }
    }

    @Test
    void closingKeepsWhatIsLeasedAndRefusesMore() throws Exception {
        prepare("bert");
        TenantAdapters tenants = TenantAdapters.builder(model, folder).optMaxAdapters(3).build();
        TenantLease a = tenants.lease("a");
        tenants.lease("b").close();
        tenants.close();
        assertThat(model.adapterNames()).isEqualTo(Set.copyOf(a.adapters()));
        assertThatThrownBy(() -> tenants.lease("b"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(run(a.selection())).containsExactly(expected.get("a"), within(ROUNDING));
        a.close();
        tenants.close(); // waits for the deletion
        assertThat(model.adapterNames()).isEmpty();
    }

    @Test
    void aClosedModelIsNoTrouble() throws Exception {
        prepare("bert");
        TenantAdapters tenants = TenantAdapters.builder(model, folder).optMaxAdapters(3).build();
        tenants.lease("b").close();
        model.close();
        assertThatThrownBy(() -> tenants.lease("c"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the model is closed");
        tenants.close();
        assertThat(tenants.stats().resident()).isZero();
    }

    @Test
    void namesThatLeadOutOfTheDirectoryAreRefused() throws Exception {
        prepare("bert");
        try (TenantAdapters tenants =
                TenantAdapters.builder(model, folder.resolve("a")).optMaxAdapters(3).build()) {
            for (String hostile : List.of("../b", "..", "", " ", "x/../../b", "b\0")) {
                assertThatThrownBy(() -> tenants.lease(hostile))
                        .as(hostile)
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThatThrownBy(() -> tenants.lease(List.of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
