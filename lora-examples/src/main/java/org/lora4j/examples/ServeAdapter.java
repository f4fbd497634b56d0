/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;

/** Serves a fine-tuned model from several threads through DJL's Predictor. */
public final class ServeAdapter {
    private ServeAdapter() {}

    /**
     * Runs the example.
     *
     * @param args a model directory, an adapter's directory, then texts
     * @throws IOException if a file cannot be read
     * @throws InterruptedException if interrupted
     * @throws ExecutionException if a prediction fails
     */
    public static void main(String[] args)
            throws IOException, InterruptedException, ExecutionException {
        if (args.length < 3) {
            throw new IllegalArgumentException("expected: MODEL_DIRECTORY ADAPTER TEXT...");
        }
        List<String> texts = List.of(args).subList(2, args.length);
        List<String> labels = run(Path.of(args[0]), Path.of(args[1]), texts, 4);
        for (int i = 0; i < texts.size(); i++) {
            System.out.println(labels.get(i) + ": " + texts.get(i));
        }
    }

    static List<String> run(Path directory, Path adapter, List<String> texts, int threads)
            throws IOException, InterruptedException, ExecutionException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (LoraModel lora = LoraModel.load(directory, adapter, LoadOptions.defaults());
                Model model = lora.asModel()) {
            List<Callable<String>> requests = new ArrayList<>();
            texts.forEach(text -> requests.add(() -> answer(lora, model, text)));
            List<String> labels = new ArrayList<>();
            for (Future<String> answer : pool.invokeAll(requests)) {
                labels.add(answer.get());
            }
            return labels;
        } finally {
            pool.shutdown();
        }
    }

    /** A predictor costs little and belongs to one thread; the weights are shared. */
    private static String answer(LoraModel lora, Model model, String text)
            throws TranslateException {
        try (Predictor<String, float[]> predictor =
                model.newPredictor(new TextTranslator(lora.tokenizer(), lora.maxPositions()))) {
            float[] logits = predictor.predict(text);
            int best = 0;
            for (int i = 1; i < logits.length; i++) {
                best = logits[i] > logits[best] ? i : best;
            }
            return lora.labels().get(best);
        }
    }
}
