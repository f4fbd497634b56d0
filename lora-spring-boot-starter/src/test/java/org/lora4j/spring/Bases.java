/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.SharedBase;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.TextExample;
import org.lora4j.train.LoraTrainer;

/** A tiny base, and adapters on it. */
final class Bases {
    static final List<String> WORDS =
            List.of("red", "green", "blue", "sky", "grass", "sea", "the", "is", "a", "deep");

    private static final LoraConfig CONFIG =
            LoraConfig.builder().setRank(2).setAlpha(4).optTargetModules("query", "value").build();

    private Bases() {}

    static Path write(Path folder) throws IOException {
        Path base = folder.resolve("base");
        WordBert.write(base, WORDS, 3);
        return base;
    }

    /** Texts, each with one of the labels by its first word. */
    static List<TextExample> rows(int count, long seed, String... labels) {
        Random random = new Random(seed);
        List<TextExample> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int first = random.nextInt(3);
            String text =
                    "%s %s %s"
                            .formatted(
                                    WORDS.get(first),
                                    WORDS.get(3 + random.nextInt(3)),
                                    WORDS.get(6 + random.nextInt(4)));
            rows.add(new TextExample(i + 2, text, null, labels[first % labels.length]));
        }
        return rows;
    }

    /** Writes texts as a table. */
    static Path table(Path folder, int count, long seed, String... labels) throws IOException {
        StringBuilder table = new StringBuilder("text\tlabel\n");
        for (TextExample row : rows(count, seed, labels)) {
            table.append(row.text()).append('\t').append(row.label()).append('\n');
        }
        return Files.writeString(folder.resolve("table.tsv"), table);
    }

    /** Trains an adapter for labels and saves it. */
    static Path adapter(Path base, Path directory, long seed, int steps, String... labels)
            throws IOException {
        try (SharedBase shared = SharedBase.load(base, LoadOptions.defaults())) {
            return adapter(shared, directory, seed, steps, labels);
        }
    }

    static Path adapter(SharedBase base, Path directory, long seed, int steps, String... labels)
            throws IOException {
        try (LoraModel model = base.newModel(Task.sequenceClassification(labels))) {
            model.addAdapter("default", CONFIG);
            LoraTrainer.builder(model)
                    .setDataset(
                            TextDataset.forTraining(
                                    model,
                                    rows(32, seed, labels),
                                    "rows",
                                    BatchOptions.defaults().withBatchSize(8)))
                    .optSteps(steps)
                    .optConfig(config -> config.optLearningRate(1e-2).optSeed(seed))
                    .build()
                    .fit();
            model.saveAdapter("default", directory);
        }
        return directory;
    }
}
