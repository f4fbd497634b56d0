/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.StreamedCausalDataset;
import org.lora4j.text.SampleFile;
import org.lora4j.text.TrainingSamples;
import org.lora4j.train.BatchSource;

/** The texts of a file for a language model: all in memory, or read as they are needed. */
sealed interface CausalTexts {
    /** Files larger than this are streamed unless the command line says otherwise. */
    long STREAMED_ABOVE = 16 << 20;

    /** Whether a file is streamed. */
    enum Streaming {
        auto,
        on,
        off
    }

    /** Reads a file, or only finds its blocks where it is to be streamed. */
    static CausalTexts read(Path file, SampleOptions reading, Streaming how, Console console)
            throws IOException {
        boolean streamed =
                how == Streaming.on
                        || (how == Streaming.auto
                                && Files.exists(file)
                                && Files.size(file) > STREAMED_ABOVE);
        return streamed
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
        public StreamedCausalDataset training(
                LoraModel model, CausalOptions options, Console console) {
            tell(console);
            return StreamedCausalDataset.forTraining(model, file, options);
        }

        @Override
        public StreamedCausalDataset evaluation(
                LoraModel model, CausalOptions options, Console console) {
            tell(console);
            return StreamedCausalDataset.forEvaluation(model, file, options);
        }

        private void tell(Console console) {
            console.say(
                    Words.format(
                            "%s: %s, streamed in windows of about 4 MiB (--stream off reads it"
                                    + " whole)",
                            file.path(), Words.bytes(file.size())));
        }
    }
}
