/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.script.ScriptClassifier;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.listener.LoggingListener;

/**
 * Adapts a TorchScript classifier, such as a Java service runs, to new labels, and serves it from
 * several threads.
 */
public final class AdaptTorchScript {
    private AdaptTorchScript() {}

    /**
     * Runs the example.
     *
     * @param args a TorchScript file; a directory with tokenizer.json; a .tsv, .csv or .jsonl file
     *     with the columns text and label, with as many labels as the classifier has outputs; where
     *     the adapter goes; then texts to label
     * @throws IOException if a file cannot be read or written
     * @throws InterruptedException if interrupted
     * @throws ExecutionException if a prediction fails
     */
    public static void main(String[] args)
            throws IOException, InterruptedException, ExecutionException {
        if (args.length < 5) {
            throw new IllegalArgumentException(
                    "expected: MODEL.pt TOKENIZER_DIRECTORY TRAIN_FILE OUTPUT TEXT...");
        }
        Path script = Path.of(args[0]);
        Path tokenizer = Path.of(args[1]);
        Path adapter = Path.of(args[3]);
        List<String> texts = List.of(args).subList(4, args.length);
        adapt(script, tokenizer, Path.of(args[2]), adapter, 3);
        List<String> labels = serve(script, tokenizer, adapter, texts, 4);
        for (int i = 0; i < texts.size(); i++) {
            System.out.println(labels.get(i) + ": " + texts.get(i));
        }
    }

    static void adapt(Path script, Path tokenizer, Path train, Path adapter, int epochs)
            throws IOException {
        TextColumns columns = TextColumns.of("text", "label");
        LabelSet labels =
                LabelSet.forTraining(
                        LabelSet.labelsOf(TextFileReader.readAll(train, columns)), null);
        Task task = new Task.SequenceClassification(List.copyOf(labels.names()));
        try (ScriptClassifier model =
                ScriptClassifier.load(script, tokenizer, task, Device.cpu())) {
            model.addAdapter(LoraConfig.builder().setRank(8).setAlpha(16).build());
            LoraTrainer.builder(model)
                    .setDataset(
                            TextDataset.forTraining(model, train, columns, BatchOptions.defaults()))
                    .optEpochs(epochs)
                    .addListener(new LoggingListener(10))
                    .build()
                    .fit();
            model.saveAdapter(adapter);
        }
    }

    static List<String> serve(
            Path script, Path tokenizer, Path adapter, List<String> texts, int threads)
            throws IOException, InterruptedException, ExecutionException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (ScriptClassifier model =
                ScriptClassifier.load(script, tokenizer, adapter, Device.cpu())) {
            List<Callable<String>> requests = new ArrayList<>();
            texts.forEach(text -> requests.add(() -> answer(model, text)));
            List<String> labels = new ArrayList<>();
            for (Future<String> answer : pool.invokeAll(requests)) {
                labels.add(answer.get());
            }
            return labels;
        } finally {
            pool.shutdown();
        }
    }

    private static String answer(ScriptClassifier model, String text) {
        TextDataset one =
                TextDataset.forPrediction(
                        model,
                        List.of(new TextExample(1, text, null, null)),
                        "request",
                        BatchOptions.defaults());
        return model.predict(one).get(0).label();
    }
}
