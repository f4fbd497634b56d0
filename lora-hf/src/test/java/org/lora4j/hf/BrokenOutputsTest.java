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
import org.lora4j.text.TextExample;
import org.lora4j.torch.Torch;

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
            AdaptedLayer layer = injection.layers().get(0);
            NDArray b = layer.adapter("broken").orElseThrow().b().getArray();
            try (NDArray nan = b.getManager().full(b.getShape(), Float.NaN)) {
                Torch.copyInto(b, nan);
            }
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
}
