/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.text.sample.SampleFile;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.BatchSource;

/** The texts of a file for a language model: all in memory, or read as they are needed. */
public sealed interface CausalTexts {
    /** Reads a file, or only finds its blocks where it is to be streamed. */
    static CausalTexts read(Path file, SampleOptions reading, Streaming how, Console console)
            throws IOException {
        return how.of(file)
                ? new Streamed(reading.open(file))
                : new InMemory(reading.read(file, console));
    }

    /** Returns the batches to train on. */
    BatchSource<CausalBatch> training(LoraModel model, CausalOptions options, Console console);

    /** Returns the batches to validate with. */
    BatchSource<CausalBatch> evaluation(LoraModel model, CausalOptions options, Console console);

    /** Texts that are held. */
    record InMemory(TrainingSamples samples) implements CausalTexts {
        @Override
        public CausalDataset training(LoraModel model, CausalOptions options, Console console) {
            CausalDataset data = CausalDataset.forTraining(model, samples, options);
            SampleReport.tell(samples, data, console);
            return data;
        }

        @Override
        public CausalDataset evaluation(LoraModel model, CausalOptions options, Console console) {
            CausalDataset data = CausalDataset.forEvaluation(model, samples, options);
            SampleReport.tell(samples, data, console);
            return data;
        }
    }

    /** Texts that stay in their file. */
    record Streamed(SampleFile file) implements CausalTexts {
        @Override
        public StreamedDataset<CausalBatch> training(
                LoraModel model, CausalOptions options, Console console) {
            Streaming.tell(file.path(), file.size(), console);
            return StreamedDataset.forTraining(model, file, options);
        }

        @Override
        public StreamedDataset<CausalBatch> evaluation(
                LoraModel model, CausalOptions options, Console console) {
            Streaming.tell(file.path(), file.size(), console);
            return StreamedDataset.forEvaluation(model, file, options);
        }
    }
}
