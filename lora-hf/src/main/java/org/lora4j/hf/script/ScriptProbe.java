/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenizedExample;
import org.lora4j.torch.GradMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a script on two texts, alone and together, before it is used: a trace may have kept the
 * number of texts, or of their tokens, that it was made with.
 */
final class ScriptProbe {
    private static final Logger logger = LoggerFactory.getLogger(ScriptProbe.class);

    private static final String SHORT = "a";
    private static final String LONG = "a a a a a a";

    /** A sum in another order differs by less, a text that sees its padding by more. */
    private static final double TOLERANCE = 1e-3;

    private final Path script;
    private final ScriptPass pass;
    private final NDManager scope;

    private ScriptProbe(Path script, ScriptPass pass, NDManager scope) {
        this.script = script;
        this.pass = pass;
        this.scope = scope;
    }

    /**
     * Returns how many outputs the script has for a text.
     *
     * @throws IOException if it does not run texts of any number and length, or its output is not
     *     one row for each
     */
    static int outputs(
            Path script, ScriptPass pass, TextTokenizer tokenizer, int longest, NDManager manager)
            throws IOException {
        int pad = tokenizer.padId().orElse(0);
        TokenizedExample first = tokenizer.encode(SHORT, null, longest);
        TokenizedExample second = tokenizer.encode(LONG, null, longest);
        try (NDManager scope = manager.newSubManager();
                GradMode off = GradMode.off()) {
            ScriptProbe probe = new ScriptProbe(script, pass, scope);
            NDArray alone = probe.run(PaddedBatch.of(List.of(first), pad));
            NDArray together = probe.run(PaddedBatch.of(List.of(first, second), pad));
            if (alone.getShape().get(1) != together.getShape().get(1)) {
                throw probe.fixed("the outputs for a text are as many as its tokens");
            }
            probe.warn(alone.toFloatArray(), together.toFloatArray());
            return Math.toIntExact(alone.getShape().get(1));
        }
    }

    private NDArray run(PaddedBatch texts) throws IOException {
        String what =
                texts.rows() == 1
                        ? "one text of %d tokens".formatted(texts.columns())
                        : "%d texts of %d tokens".formatted(texts.rows(), texts.columns());
        NDArray output;
        try {
            output = pass.evaluatePadded(scope, texts);
        } catch (EngineException e) {
            throw fixed("it fails on %s: %s".formatted(what, EngineReason.of(e)));
        }
        Shape shape = output.getShape();
        if (shape.dimension() != 2) {
            throw new IOException(
                    ("%s: its output for %s is %s; expected a row of outputs for each text, as"
                                    + " classifiers have, such as a traced"
                                    + " AutoModelForSequenceClassification")
                            .formatted(script, what, shape));
        }
        if (shape.get(0) != texts.rows()) {
            throw fixed("its output for %s is %s".formatted(what, shape));
        }
        return output;
    }

    private IOException fixed(String what) {
        return new IOException(
                ("%s: %s; expected a script that takes any number of texts of any length. A trace"
                                + " may keep the shapes of the texts that it was made with; one"
                                + " made by tools/trace/trace.py does not")
                        .formatted(script, what));
    }

    private void warn(float[] alone, float[] together) {
        double difference = 0;
        double largest = 0;
        double sum = 0;
        boolean positive = true;
        for (int i = 0; i < alone.length; i++) {
            difference = Math.max(difference, Math.abs(alone[i] - together[i]));
            largest = Math.max(largest, Math.abs(alone[i]));
            sum += alone[i];
            positive &= alone[i] >= 0;
        }
        if (difference > TOLERANCE * Math.max(1, largest)) {
            logger.warn(
                    "{}: the outputs for a text change by up to {} when a longer one is in its"
                            + " batch: the script does not leave out padding. Its results depend on"
                            + " the batches; a batch size of 1 avoids that",
                    script,
                    "%.3g".formatted(difference));
        }
        if (alone.length > 1 && positive && Math.abs(sum - 1) < TOLERANCE) {
            logger.warn(
                    "{}: the outputs for a text are positive and their sum is 1, as after a"
                            + " softmax; the loss expects logits. Export the model without it",
                    script);
        }
    }
}
