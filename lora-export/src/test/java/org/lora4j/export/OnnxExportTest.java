/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.export.GoldenEncoders.Rows;
import org.lora4j.hf.LoraModel;

/** ONNX Runtime gives transformers' numbers for the graphs that are written. */
final class OnnxExportTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "roberta",
                "roberta-relu",
                "xlm-roberta",
                "camembert",
                "distilbert",
                "distilbert-relu",
                "distilbert-regression",
                "mpnet",
                "mpnet-relu",
                "modernbert",
                "modernbert-mean",
                "modernbert-old",
                "deberta",
                "deberta-apart",
                "deberta-c2p",
                "deberta-plain"
            })
    void logitsAreTransformers(String name) throws Exception {
        Path file = folder.resolve("model.onnx");
        try (LoraModel model = GoldenEncoders.load(name)) {
            OnnxExport.write(model, file);
        }
        try (OnnxRun run = new OnnxRun(file)) {
            for (Rows rows : GoldenEncoders.batches(name)) {
                float[] logits = run.run("logits", rows.ids(), rows.types(), rows.pad());
                assertThat(GoldenEncoders.farthest(logits, rows.logits())).isLessThan(1e-4);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "roberta-bare, roberta-adapter",
        "distilbert-mlm, distilbert-adapter",
        "mpnet-bare, mpnet-adapter",
        "modernbert-mlm, modernbert-adapter",
        "deberta-pooler, deberta-adapter"
    })
    void mergedAdaptersGivePeftsLogits(String base, String adapter) throws Exception {
        Path file = folder.resolve("model.onnx");
        try (LoraModel adapted = GoldenEncoders.load(base, adapter);
                LoraModel merged = adapted.mergeAndUnload()) {
            OnnxExport.write(merged, file);
        }
        try (OnnxRun run = new OnnxRun(file)) {
            List<Rows> batches = GoldenEncoders.batches(adapter);
            for (Rows rows : batches) {
                float[] logits = run.run("logits", rows.ids(), rows.types(), rows.pad());
                assertThat(GoldenEncoders.farthest(logits, rows.logits())).isLessThan(1e-4);
            }
        }
    }
}
