/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.text.sample.SampleFile;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.BatchSource;

/**
 * The texts of a file for a language model, held in memory or streamed.
 *
 * @param training makes the batches to train a model on
 * @param evaluation makes the batches to measure a model with
 */
public record CausalTexts(
        Function<LoraModel, BatchSource<CausalBatch>> training,
        Function<LoraModel, BatchSource<CausalBatch>> evaluation) {

    /** Reads a file, or only finds its blocks if it is to be streamed. */
    public static CausalTexts read(
            Path path,
            DataOptions data,
            SampleOptions samples,
            CausalOptions options,
            Console console)
            throws IOException {
        if (data.isStreamed(path)) {
            SampleFile file = samples.open(path);
            return new CausalTexts(
                    model -> told(file, StreamedDataset.forTraining(model, file, options), console),
                    model ->
                            told(
                                    file,
                                    StreamedDataset.forEvaluation(model, file, options),
                                    console));
        }
        TrainingSamples texts = samples.read(path, console);
        return new CausalTexts(
                model -> told(texts, CausalDataset.forTraining(model, texts, options), console),
                model -> told(texts, CausalDataset.forEvaluation(model, texts, options), console));
    }

    private static StreamedDataset<CausalBatch> told(
            SampleFile file, StreamedDataset<CausalBatch> data, Console console) {
        SampleReport.tellStreamed(file.path(), file.size(), console);
        return data;
    }

    private static CausalDataset told(TrainingSamples texts, CausalDataset data, Console console) {
        SampleReport.tell(texts, data, console);
        return data;
    }
}
