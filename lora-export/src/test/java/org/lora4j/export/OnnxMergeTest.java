/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.export.GoldenEncoders.Rows;
import org.lora4j.export.onnx.OnnxGraph;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.testkit.RandomAdapter;

/** Merged weights in the place of the base's, in a graph that stands. */
final class OnnxMergeTest {
    @TempDir Path folder;

    private static LoraConfig config(String... targets) {
        return LoraConfig.builder()
                .setRank(3)
                .setAlpha(7)
                .optTargetModules(targets)
                .optBias(Bias.LORA_ONLY)
                .build();
    }

    private Path base(String name) throws IOException {
        Path file = folder.resolve(name + ".onnx");
        try (LoraModel model = GoldenEncoders.load(name)) {
            OnnxExport.write(model, file);
        }
        return file;
    }

    @ParameterizedTest
    @CsvSource({
        "roberta, query, intermediate.dense",
        "distilbert, v_lin, lin2",
    })
    void mergedWeightsTakeThePlaceOfTheBases(String name, String target, String other)
            throws Exception {
        Path base = base(name);
        Path model = GoldenEncoders.directory(name);
        Path adapter = RandomAdapter.write(model, folder.resolve("adapter"), config(target, other));
        Path written = folder.resolve("merged.onnx");
        Path fresh = folder.resolve("fresh.onnx");
        try (LoraModel adapted = LoraModel.load(model, adapter, LoadOptions.defaults())) {
            OnnxMerge places = OnnxMerge.find(adapted, base);
            try (LoraModel merged = adapted.mergeAndUnload()) {
                assertThat(places.write(merged, written)).isGreaterThan(4);
                OnnxExport.write(merged, fresh);
            }
        }
        Rows rows = GoldenEncoders.batches(name).get(0);
        float[] expected = run(fresh, rows);
        assertThat(run(written, rows)).containsExactly(expected);
        assertThat(GoldenEncoders.farthest(expected, rows.logits())).isGreaterThan(1e-2);
        assertThat(GoldenEncoders.farthest(run(base, rows), rows.logits())).isLessThan(1e-4);
    }

    private static float[] run(Path file, Rows rows) throws Exception {
        try (OnnxRun run = new OnnxRun(file)) {
            return run.run("logits", rows.ids(), rows.types(), rows.pad());
        }
    }

    @Test
    void aFileOfAnotherBaseIsRefusedWithWhatIsMissing() throws Exception {
        Path base = base("camembert");
        Path model = GoldenEncoders.directory("roberta");
        Path adapter = RandomAdapter.write(model, folder.resolve("adapter"), config("query"));
        Path written = folder.resolve("merged.onnx");
        try (LoraModel adapted = LoraModel.load(model, adapter, LoadOptions.defaults())) {
            OnnxMerge places = OnnxMerge.find(adapted, base);
            try (LoraModel merged = adapted.mergeAndUnload()) {
                assertThatThrownBy(() -> places.write(merged, written))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("camembert.onnx")
                        .hasMessageContaining(
                                "roberta.encoder.layer.0.attention.self.query.weight is not in it")
                        .hasMessageContaining("classifier.out_proj.weight is not in it")
                        .hasMessageNotContaining("key.weight");
            }
        }
        assertThat(written).doesNotExist();
    }

    @Test
    void aQuantizedFileIsRefusedByItsOperators() throws Exception {
        OnnxGraph graph = new OnnxGraph("quantized");
        String x = graph.integers("x", "n");
        graph.output("y", graph.apply("MatMulInteger", x, x), "n");
        Path file = folder.resolve("int8.onnx");
        graph.write(file, Map.of());
        try (LoraModel model = GoldenEncoders.load("roberta")) {
            assertThatThrownBy(() -> OnnxMerge.find(model, file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("int8.onnx: its weights are quantised (MatMulInteger)");
        }
    }
}
