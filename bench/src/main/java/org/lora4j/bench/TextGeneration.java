/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.generate.Generation;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.torch.TorchThreads;

/**
 * One side of a comparison: greedy decoding of random prompts by a causal language model; prints a
 * line for each run, then the peak memory. The base may be packed ({@link Choices}). With an
 * adapter of rank 16 on all linear layers, the base, the adapter and the merged adapter take turns.
 */
public final class TextGeneration {
    private TextGeneration() {}

    /**
     * Runs the generations.
     *
     * @param args model directory, F32 or BF16, threads, batch, prompt tokens, new tokens, repeats,
     *     "base" or "adapter"
     */
    public static void main(String[] args) throws IOException {
        LoadOptions options = Choices.options(args[1]);
        TorchThreads.set(Integer.parseInt(args[2]));
        int batch = Integer.parseInt(args[3]);
        int prompt = Integer.parseInt(args[4]);
        int tokens = Integer.parseInt(args[5]);
        int repeats = Integer.parseInt(args[6]);
        boolean adapter = args[7].equals("adapter");
        Task task = Task.causalLanguageModel();
        try (LoraModel model = LoraModel.load(Path.of(args[0]), task, options)) {
            Random random = new Random(7);
            int words = model.block().vocabularySize();
            List<int[]> prompts = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                prompts.add(random.ints(prompt, 0, words).toArray());
            }
            if (adapter) {
                model.addAdapter("default", Choices.adapter());
            }
            TextGenerator generator = TextGenerator.of(model).withBatchSize(batch);
            generator.generateIds(prompts, config(tokens + 1));
            for (int i = 0; i < repeats; i++) {
                if (adapter) {
                    try (ActiveAdapters.Scope none = model.use(AdapterSelection.none())) {
                        print("base", generator.generateIds(prompts, config(tokens + 1)));
                    }
                    print("adapter", generator.generateIds(prompts, config(tokens + 1)));
                    model.mergeAdapter();
                    print("merged", generator.generateIds(prompts, config(tokens + 1)));
                    model.unmergeAdapter();
                } else {
                    print("base", generator.generateIds(prompts, config(tokens + 1)));
                }
            }
        }
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                System.out.println("peak_rss_kb " + line.replaceAll("\\D", ""));
            }
        }
    }

    private static GenerationConfig config(int tokens) {
        return GenerationConfig.builder().optMaxNewTokens(tokens).build();
    }

    private static void print(String what, List<Generation> texts) {
        int prompts = texts.stream().mapToInt(text -> text.promptIds().size()).sum();
        int tokens = texts.stream().mapToInt(text -> text.generatedIds().size() - 1).sum();
        double[] decode = texts.stream().mapToDouble(t -> t.decode().toNanos() / 1e9).toArray();
        double prefill = texts.get(0).prefill().toNanos() / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%s prefill %.0f tok/s decode %.1f tok/s%n",
                what,
                prompts / prefill,
                tokens / Arrays.stream(decode).max().orElseThrow());
    }
}
