/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.SharedBase;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.predict.TextClassifier;
import org.lora4j.predict.TextLabel;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.train.LoraTrainer;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Service;

// snippet: service
@Service
class Topics {
    private static final LoraConfig CONFIG =
            LoraConfig.builder().setRank(8).setAlpha(16).optTargetModules("query", "value").build();

    private final TextClassifier classifier;
    private final ServedModel served;
    private final SharedBase base;

    Topics(
            TextClassifier classifier,
            @Qualifier("lora4jClassifier") ServedModel served,
            SharedBase base) {
        this.classifier = classifier;
        this.served = served;
        this.base = base;
    }

    List<TextLabel> of(String text) {
        return served.predict(() -> classifier.classify(text));
    }

    List<TextLabel> of(String tenant, String text) {
        return served.predictFor(tenant, () -> classifier.classify(text));
    }

    synchronized ServedAdapter learn(Path table, Path directory) throws IOException {
        String[] labels = served.model().labels().toArray(String[]::new);
        try (LoraModel model = base.newModel(Task.sequenceClassification(labels))) {
            model.addAdapter("default", CONFIG);
            LoraTrainer.builder(model)
                    .setDataset(
                            TextDataset.forTraining(
                                    model,
                                    table,
                                    TextColumns.of("text", "label"),
                                    BatchOptions.defaults()))
                    .optEpochs(3)
                    .build()
                    .fit();
            model.saveAdapter("default", directory);
        }
        return served.replaceAdapter(directory);
    }
}
// end
