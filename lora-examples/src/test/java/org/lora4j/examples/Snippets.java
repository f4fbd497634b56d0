/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.text.TextTable;
import org.lora4j.train.LoraTrainer;

/** The code that README and the quickstart show. */
final class Snippets {
    private Snippets() {}

    static void fineTune(Path checkpoint, TextTable train, TextTable dev, Path output)
            throws IOException {
        // snippet: fine-tune-and-merge
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optTargetModules("query", "value")
                        .build();
        try (LoraModel model =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"))) {
            model.addAdapter("default", config);
            LoraTrainer.builder(model)
                    .setDataset(train)
                    .optValidation(dev)
                    .optEpochs(1)
                    .build()
                    .fit();
            model.saveAdapter("default", output.resolve("adapter"));
            try (LoraModel merged = model.mergeAndUnload()) {
                merged.save(output.resolve("merged"));
            }
        }
        // end
    }

    static void quickstart(Path checkpoint, TextTable train, TextTable dev, Path output)
            throws IOException {
        // snippet: fine-tune
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optTargetModules("query", "value")
                        .build();
        try (LoraModel model =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"))) {
            model.addAdapter("default", config);
            LoraTrainer.builder(model)
                    .setDataset(train)
                    .optValidation(dev)
                    .optEpochs(1)
                    .build()
                    .fit();
            model.saveAdapter("default", output.resolve("adapter"));
        }
        // end
    }
}
