/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.core.LoraConfig;
import org.lora4j.train.LoraTrainer;

/** As {@link MemoryRun}, for a language model: packed batches of several lengths in turn. */
final class CausalMemoryRun {
    private CausalMemoryRun() {}

    /** Arguments: a folder, the step of the first and of the second reading, whether to leak. */
    public static void main(String[] args) throws IOException {
        int first = Integer.parseInt(args[1]);
        int last = Integer.parseInt(args[2]);
        boolean leak = Boolean.parseBoolean(args[3]);
        try (LoraModel model = DecoderGolden.load(Path.of(args[0]), "llama")) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(4)
                            .setAlpha(9)
                            .optDropout(0.1)
                            .optTargetModules("q_proj", "down_proj", "lm_head")
                            .build();
            model.addAdapter("default", config);
            int[][] batches = {{0, 1, 2, 3, 0, 2}, {1, 3, 1, 3, 1, 3}, {2, 2, 2}, {0}};
            LoraTrainer.builder(model)
                    .setDataset(
                            StepGradients.fixed(
                                    DecoderGolden.batches(
                                            DecoderGolden.expected("llama"), batches)))
                    .optSteps(last)
                    .addListener(MemoryRun.watch(model, first, last, leak))
                    .build()
                    .fit();
        }
    }
}
