/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import ai.djl.util.Progress;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Lora;
import org.lora4j.djl.training.DjlTraining;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;

/**
 * One side of a comparison: a BERT that classifies, trained as this library loads it and as a
 * TorchScript module, on the same batches and from the same adapter. Prints a line for each step,
 * then the peak memory.
 */
public final class ScriptTraining {
    private static final LoraConfig LORA =
            LoraConfig.builder()
                    .setRank(8)
                    .setAlpha(16)
                    .optTargetModules("query", "value")
                    .optModulesToSave(List.of("classifier"))
                    .build();

    private ScriptTraining() {}

    /**
     * Runs a part.
     *
     * @param args "batches", a model's directory, a table of texts, its columns of texts and
     *     labels, the number of batches, "random" or "bucketed", a file to write; or "native", the
     *     directory, the file, threads; or "script", a TorchScript file, the file, threads
     */
    public static void main(String[] args) throws IOException, MalformedModelException {
        if (args[0].equals("batches")) {
            writeBatches(args);
            return;
        }
        TorchThreads.set(Integer.parseInt(args[3]));
        List<TextBatch> batches = readBatches(Path.of(args[2]));
        if (args[0].equals("native")) {
            trainNative(Path.of(args[1]), batches);
        } else {
            trainScript(Path.of(args[1]), batches);
        }
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                System.out.println("peak_rss_kb " + line.replaceAll("\\D", ""));
            }
        }
    }

    private static Task task() {
        return new Task.SequenceClassification(List.of("0", "1"));
    }

    private static void writeBatches(String[] args) throws IOException {
        int count = Integer.parseInt(args[5]);
        BatchOptions options =
                BatchOptions.defaults().withBatchSize(32).withBucketing(args[6].equals("bucketed"));
        try (LoraModel model = LoraModel.load(Path.of(args[1]), task());
                DataOutputStream out =
                        new DataOutputStream(
                                new BufferedOutputStream(
                                        Files.newOutputStream(Path.of(args[7]))))) {
            TextDataset data =
                    TextDataset.forTraining(
                            model, Path.of(args[2]), TextColumns.of(args[3], args[4]), options);
            int left = count;
            for (int epoch = 0; left > 0; epoch++) {
                for (TextBatch batch : data.epoch(epoch)) {
                    if (batch.size() == 32 && left-- > 0) {
                        write(out, batch);
                    }
                }
            }
        }
    }

    private static void write(DataOutputStream out, TextBatch batch) throws IOException {
        PaddedBatch texts = batch.texts();
        out.writeInt(texts.rows());
        for (int row = 0; row < texts.rows(); row++) {
            out.writeFloat(batch.targets()[row]);
            out.writeInt(texts.lengths()[row]);
            for (int i = 0; i < texts.lengths()[row]; i++) {
                out.writeInt((int) texts.ids()[row * texts.columns() + i]);
            }
        }
    }

    private static List<TextBatch> readBatches(Path file) throws IOException {
        List<TextBatch> batches = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            byte[] all = in.readAllBytes();
            DataInputStream bytes = new DataInputStream(new java.io.ByteArrayInputStream(all));
            while (bytes.available() > 0) {
                int rows = bytes.readInt();
                float[] targets = new float[rows];
                List<TokenizedExample> examples = new ArrayList<>();
                for (int row = 0; row < rows; row++) {
                    targets[row] = bytes.readFloat();
                    int[] ids = new int[bytes.readInt()];
                    for (int i = 0; i < ids.length; i++) {
                        ids[i] = bytes.readInt();
                    }
                    examples.add(new TokenizedExample(row, ids, new int[ids.length], 0));
                }
                batches.add(new TextBatch(PaddedBatch.of(examples, 0), targets));
            }
        }
        return batches;
    }

    private static void trainNative(Path directory, List<TextBatch> batches) throws IOException {
        try (LoraModel model = LoraModel.load(directory, task())) {
            model.addAdapter("default", LORA);
            run(LoraTrainer.builder(model).setDataset(new Batches(batches)), batches.size());
        }
    }

    private static void trainScript(Path file, List<TextBatch> batches)
            throws IOException, MalformedModelException {
        try (Model model = Model.newInstance("script", "PyTorch")) {
            model.load(file.toAbsolutePath().getParent(), String.valueOf(file.getFileName()));
            Lora.inject(model, LORA);
            DefaultTrainingConfig djl = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
            run(DjlTraining.of(model, djl).trainer(new Arrays(batches)), batches.size());
        }
    }

    private static void run(LoraTrainer.Builder<?> trainer, int steps) {
        trainer.optSteps(steps)
                .optConfig(c -> c.optLearningRate(1e-3).optClipNorm(0))
                .addListener(new Clock())
                .build()
                .fit();
    }

    /** The batches as lora4j's. */
    private record Batches(List<TextBatch> all) implements BatchSource<TextBatch> {
        @Override
        public Class<TextBatch> batchType() {
            return TextBatch.class;
        }

        @Override
        public Iterable<TextBatch> epoch(int epoch) {
            return all;
        }

        @Override
        public int batchesPerEpoch(int epoch) {
            return all.size();
        }
    }

    /** The batches as DJL's. */
    private record Arrays(List<TextBatch> all) implements Dataset {
        @Override
        public Iterable<Batch> getData(NDManager manager) {
            return () -> {
                Iterator<TextBatch> batches = all.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return batches.hasNext();
                    }

                    @Override
                    public Batch next() {
                        return batch(manager.newSubManager(), batches.next());
                    }
                };
            };
        }

        private static Batch batch(NDManager manager, TextBatch batch) {
            PaddedBatch texts = batch.texts();
            Shape shape = new Shape(texts.rows(), texts.columns());
            NDList data =
                    new NDList(
                            manager.create(texts.ids(), shape),
                            manager.create(texts.attentionMask(), shape),
                            manager.create(texts.typeIds(), shape));
            NDList labels = new NDList(manager.create(batch.targets()));
            return new Batch(
                    manager, data, labels, texts.rows(), Batchifier.STACK, Batchifier.STACK, 0, 0);
        }

        @Override
        public void prepare(@Nullable Progress progress) {}
    }

    /** Prints the rate of each step. */
    private static final class Clock implements TrainingListener {
        private long before = System.nanoTime();

        @Override
        public void onStep(StepInfo step) {
            long now = System.nanoTime();
            double seconds = (now - before) / 1e9;
            before = now;
            System.out.printf(
                    Locale.ROOT,
                    "step %d loss %.6f seconds %.4f%n",
                    step.step(),
                    step.loss(),
                    seconds);
        }
    }
}
