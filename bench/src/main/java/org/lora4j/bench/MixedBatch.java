/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.TorchThreads;

/**
 * What adapters of their own cost the texts of a batch: eight adapters of ranks 4 to 32, on
 * attention or on all linear layers, beside the base, one adapter for all texts, and the texts of
 * each adapter by themselves. The runs take turns, one after another, so that the machine's speed
 * is that of all of them, and in five rounds of a number of turns; printed are the median time, and
 * the ratios to the base of the same round: median, smallest and largest, of the time and of the
 * processor's time. Of a decoder the time of the steps of a greedy generation follows.
 */
public final class MixedBatch {
    private static final int ADAPTERS = 8;
    private static final int[] RANKS = {4, 8, 16, 32};
    private static final int ROUNDS = 5;

    /** What is short is repeated so that each round of the base takes as long. */
    private static final double LEAST_SECONDS = 2;

    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private MixedBatch() {}

    /**
     * Measures.
     *
     * @param args model directory, threads, texts, tokens of each
     */
    public static void main(String[] args) throws IOException {
        TorchThreads.set(Integer.parseInt(args[1]));
        int texts = Integer.parseInt(args[2]);
        int tokens = Integer.parseInt(args[3]);
        Path directory = Path.of(args[0]);
        Task task = Task.of(ModelConfig.read(directory));
        boolean decoder = task instanceof Task.CausalLanguageModel;
        try (LoraModel model =
                LoraModel.load(
                        directory, decoder ? task : Task.sequenceClassification("no", "yes"))) {
            String[] attention =
                    decoder ? new String[] {"q_proj", "v_proj"} : new String[] {"query", "value"};
            Random random = new Random(3);
            for (int i = 0; i < ADAPTERS; i++) {
                model.addAdapter(
                        "a" + i,
                        LoraConfig.builder()
                                .setRank(RANKS[i % RANKS.length])
                                .optTargetModules(
                                        i % 2 == 0 ? attention : new String[] {"all-linear"})
                                .build());
                fill(model, "a" + i, random);
            }
            measure(model, texts, tokens, decoder);
        }
    }

    private static void fill(LoraModel model, String adapter, Random random) {
        BlockTree.hosts(model.block())
                .forEach(
                        host ->
                                host.tensors(adapter)
                                        .values()
                                        .forEach(parameter -> fill(parameter, random)));
    }

    private static void fill(Parameter parameter, Random random) {
        NDArray array = parameter.getArray();
        float[] values = new float[(int) array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.01 * random.nextGaussian());
        }
        array.set(values);
    }

    private static void measure(LoraModel model, int texts, int tokens, boolean decoder) {
        Random random = new Random(5);
        int words = model.block().vocabularySize();
        List<int[]> ids = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < texts; i++) {
            ids.add(random.ints(tokens, 0, words).toArray());
            names.add("a" + i % ADAPTERS);
        }
        AdapterRows rows = AdapterRows.of(names);
        Map<String, Runnable> runs = new LinkedHashMap<>();
        runs.put("base", () -> forward(model, AdapterSelection.none(), ids));
        runs.put("one adapter", () -> forward(model, AdapterSelection.of("a3"), ids));
        runs.put(
                "mixed",
                () -> {
                    try (ActiveAdapters.Scope own = model.use(rows)) {
                        forward(model, ids);
                    }
                });
        runs.put(
                "apart",
                () -> {
                    for (int a = 0; a < ADAPTERS; a++) {
                        List<int[]> part = new ArrayList<>();
                        for (int i = a; i < texts; i += ADAPTERS) {
                            part.add(ids.get(i));
                        }
                        if (!part.isEmpty()) {
                            forward(model, AdapterSelection.of("a" + a), part);
                        }
                    }
                });
        print("forward", runs);
        if (decoder) {
            decode(model, rows, ids);
        }
    }

    private static void decode(LoraModel model, AdapterRows rows, List<int[]> texts) {
        // the processor's time is that of the prompts too, so they are short
        List<int[]> ids = texts.stream().map(text -> Arrays.copyOf(text, 4)).toList();
        TextGenerator generator = TextGenerator.of(model).withBatchSize(ids.size());
        GenerationConfig config =
                GenerationConfig.builder().optMaxNewTokens(25).optTemperature(0).build();
        Map<String, DoubleSupplier> runs = new LinkedHashMap<>();
        runs.put(
                "base",
                () -> {
                    try (ActiveAdapters.Scope none = model.use(AdapterSelection.none())) {
                        return seconds(generator.generateIds(ids, config));
                    }
                });
        runs.put(
                "one adapter",
                () -> {
                    try (ActiveAdapters.Scope none = model.use(AdapterSelection.of("a3"))) {
                        return seconds(generator.generateIds(ids, config));
                    }
                });
        runs.put("mixed", () -> seconds(generator.generateIds(ids, rows, config)));
        printSeconds("decode", runs);
    }

    private static double seconds(List<Generation> texts) {
        return texts.stream().mapToDouble(t -> t.decode().toNanos() / 1e9).max().orElseThrow();
    }

    private static void forward(LoraModel model, AdapterSelection selection, List<int[]> ids) {
        try (ActiveAdapters.Scope own = model.use(selection)) {
            forward(model, ids);
        }
    }

    private static void forward(LoraModel model, List<int[]> ids) {
        long[] flat = ids.stream().flatMapToInt(Arrays::stream).asLongStream().toArray();
        try (NDManager scope = model.manager().newSubManager();
                GradMode off = GradMode.off()) {
            NDArray input = scope.create(flat, new Shape(ids.size(), ids.get(0).length));
            NDArray logits =
                    model.block()
                            .forward(new ParameterStore(scope, false), new NDList(input), false)
                            .singletonOrThrow();
            logits.getFloat(new long[logits.getShape().dimension()]);
        }
    }

    private static void print(String what, Map<String, Runnable> runs) {
        Map<String, DoubleSupplier> timed = new LinkedHashMap<>();
        runs.forEach(
                (name, run) ->
                        timed.put(
                                name,
                                () -> {
                                    long start = System.nanoTime();
                                    run.run();
                                    return (System.nanoTime() - start) / 1e9;
                                }));
        printSeconds(what, timed);
    }

    private static void printSeconds(String what, Map<String, DoubleSupplier> runs) {
        List<String> names = List.copyOf(runs.keySet());
        List<DoubleSupplier> timed = List.copyOf(runs.values());
        double[][] seconds = new double[names.size()][ROUNDS];
        double[][] cpu = new double[names.size()][ROUNDS];
        double warm = Math.min(timed.get(0).getAsDouble(), timed.get(0).getAsDouble());
        int times = (int) Math.max(1, Math.ceil(LEAST_SECONDS / warm));
        for (int round = -1; round < ROUNDS; round++) { // the first is to warm up
            int into = Math.max(0, round);
            for (int i = 0; i < names.size(); i++) {
                seconds[i][into] = 0;
                cpu[i][into] = 0;
            }
            for (int time = 0; time < times; time++) {
                for (int i = 0; i < names.size(); i++) {
                    long before = PROCESS.getProcessCpuTime();
                    seconds[i][into] += timed.get(i).getAsDouble() / times;
                    cpu[i][into] += (PROCESS.getProcessCpuTime() - before) / 1e9;
                }
            }
        }
        for (int i = 0; i < names.size(); i++) {
            double[] ratios = ratios(seconds[i], seconds[0]);
            double[] ofCpu = ratios(cpu[i], cpu[0]);
            System.out.printf(
                    Locale.ROOT,
                    "%-8s %-12s %8.1f ms  of the base: %.3f (%.3f to %.3f), CPU %.3f (%.3f to"
                            + " %.3f)%n",
                    what,
                    names.get(i),
                    1e3 * median(seconds[i]),
                    median(ratios),
                    Arrays.stream(ratios).min().orElseThrow(),
                    Arrays.stream(ratios).max().orElseThrow(),
                    median(ofCpu),
                    Arrays.stream(ofCpu).min().orElseThrow(),
                    Arrays.stream(ofCpu).max().orElseThrow());
        }
    }

    private static double[] ratios(double[] values, double[] base) {
        double[] ratios = new double[values.length];
        for (int round = 0; round < ratios.length; round++) {
            ratios[round] = values[round] / base[round];
        }
        return ratios;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
