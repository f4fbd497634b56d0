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
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.PackedTokens;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.WarmUp;

/** One side of loss_curves.py: trains an adapter on given batches and prints each step's loss. */
public final class LossCurve {
    private LossCurve() {}

    /**
     * Runs the training.
     *
     * @param args model directory, adapter directory, a file with a batch on each line (sequences
     *     separated by ";", ids by ","), learning rate
     */
    public static void main(String[] args) throws IOException {
        TorchThreads.set(1);
        List<CausalBatch> batches = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(args[2]))) {
            batches.add(batch(line));
        }
        LoadOptions options = LoadOptions.defaults();
        try (LoraModel model = LoraModel.load(Path.of(args[0]), Path.of(args[1]), options)) {
            model.trainAdapter("default");
            LoraTrainer.builder(model)
                    .setDataset(new Fixed(batches))
                    .optSteps(batches.size())
                    .optConfig(
                            c ->
                                    c.optLearningRate(Double.parseDouble(args[3]))
                                            .optClipNorm(0)
                                            .optSchedule(
                                                    LearningRateSchedule.constant(WarmUp.none())))
                    .build()
                    .fit()
                    .lossByStep()
                    .forEach(loss -> System.out.println("loss " + loss));
        }
    }

    private static CausalBatch batch(String line) {
        List<long[]> rows = new ArrayList<>();
        for (String row : line.split(";", -1)) {
            rows.add(Arrays.stream(row.split(",", -1)).mapToLong(Long::parseLong).toArray());
        }
        int[] lengths = rows.stream().mapToInt(row -> row.length).toArray();
        long[] ids = rows.stream().flatMapToLong(Arrays::stream).toArray();
        long[] labels = new long[ids.length];
        int at = 0;
        for (int length : lengths) {
            for (int i = 1; i <= length; i++, at++) {
                labels[at] = i < length ? ids[at + 1] : PackedTokens.IGNORED;
            }
        }
        return new CausalBatch(new PackedTokens(ids, labels, lengths, new int[lengths.length]));
    }

    /** The same batches in each epoch. */
    private record Fixed(List<CausalBatch> batches) implements BatchSource<CausalBatch> {
        @Override
        public Class<CausalBatch> batchType() {
            return CausalBatch.class;
        }

        @Override
        public Iterable<CausalBatch> epoch(int epoch) {
            return batches;
        }

        @Override
        public int batchesPerEpoch(int epoch) {
            return batches.size();
        }
    }
}
