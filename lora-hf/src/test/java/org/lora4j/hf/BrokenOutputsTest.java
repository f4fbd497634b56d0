/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.text.TextExample;
import org.lora4j.torch.Torch;
import org.lora4j.train.BatchSource;

/** Outputs that are NaN choose no label: without a refusal each text would have the first one. */
class BrokenOutputsTest {
    @TempDir Path folder;

    @Test
    void aClassifierWhoseOutputsAreNanChoosesNoLabel() throws IOException {
        List<TextExample> rows = Texts.rows(4, 1);
        Task task = Task.sequenceClassification("yes", "no");
        try (LoraModel model = LoraModel.load(Golden.model(folder, "bare"), task)) {
            LoraConfig config = LoraConfig.builder().setRank(2).setAlpha(4).build();
            Injection injection = model.addAdapter("broken", config);
            breakB(injection);
            BatchOptions options = BatchOptions.defaults();
            TextDataset data = TextDataset.forEvaluation(model, rows, "rows", options);
            Evaluator evaluator = new Evaluator(model);
            assertThatIllegalStateException()
                    .isThrownBy(() -> evaluator.predict(data))
                    .withMessageContaining("NaN")
                    .withMessageContaining("text ");
            assertThatIllegalStateException()
                    .isThrownBy(() -> evaluator.evaluate(data))
                    .withMessageContaining("the loss is NaN");
        }
    }

    @Test
    void aLanguageModelWhoseLossIsNanHasNoMetrics() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            LoraConfig config = LoraConfig.builder().setRank(2).setAlpha(4).build();
            breakB(model.addAdapter("broken", config));
            Expected expected = DecoderGolden.expected("llama");
            List<CausalBatch> batches = DecoderGolden.batches(expected, new int[][] {{0, 1}});
            BatchSource<CausalBatch> data =
                    new BatchSource<>() {
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
                    };
            assertThatIllegalStateException()
                    .isThrownBy(() -> new Evaluator(model).evaluate(data))
                    .withMessageContaining("the loss is NaN");
        }
    }

    private static void breakB(Injection injection) {
        for (AdaptedLayer layer : injection.layers()) {
            NDArray b = layer.adapter("broken").orElseThrow().b().getArray();
            try (NDArray nan = b.getManager().full(b.getShape(), Float.NaN)) {
                Torch.copyInto(b, nan);
            }
        }
    }
}
