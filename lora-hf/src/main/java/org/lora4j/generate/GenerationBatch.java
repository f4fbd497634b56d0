/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.HeldAdapters;
import org.lora4j.generate.cache.SequenceReader;
import org.lora4j.hf.LoraModel;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Sequences;

/**
 * Texts that grow together, a token of each in a step. One that ends leaves the batch, and the
 * others go on without it. For one thread at a time; closing frees what was remembered.
 */
final class GenerationBatch implements AutoCloseable {
    private final SequenceReader reader;
    private final TokenChoice choice;
    private final ActiveAdapters active;
    private final HeldAdapters adapters;
    private final BooleanSupplier cancelled;
    private final boolean tells;
    private final int longest;
    private final NDManager manager;
    private List<GrowingText> growing;
    private boolean first = true;

    /**
     * Begins.
     *
     * @param model the model
     * @param texts at least one, each with a token at least
     * @param settings how they go on
     * @param adapters the adapters that take part, whichever thread makes the steps; closed with
     *     this
     * @param cancelled asked before each step
     * @param tells whether the probabilities of tokens are kept
     */
    GenerationBatch(
            LoraModel model,
            List<GrowingText> texts,
            GenerationSettings settings,
            HeldAdapters adapters,
            BooleanSupplier cancelled,
            boolean tells) {
        this.adapters = adapters;
        this.tells = tells;
        this.cancelled = cancelled;
        growing = texts;
        choice = new TokenChoice(settings);
        active = model.block().loraContext().active();
        longest = model.languageModel().longestSequence();
        manager = model.manager().newSubManager();
        reader = new SequenceReader(model.languageModel(), manager);
    }

    /**
     * Gives each text that has not ended its next token.
     *
     * @return whether any has still not ended
     */
    boolean step() {
        if (growing.isEmpty()) {
            return false;
        }
        FinishReason reason = interruption();
        if (reason != null) {
            growing.forEach(text -> text.end(reason));
            growing = List.of();
        } else {
            long before = System.nanoTime();
            int[] ids = next();
            long nanos = System.nanoTime() - before;
            for (int i = 0; i < ids.length; i++) {
                growing.get(i).timed(first, nanos);
                growing.get(i).add(ids[i], longest);
            }
            first = false;
            leaveEnded();
        }
        if (growing.isEmpty()) {
            close();
        }
        return !growing.isEmpty();
    }

    /** Returns how much native memory the batch keeps between two steps, in bytes. */
    long bytes() {
        return reader.bytes();
    }

    private @Nullable FinishReason interruption() {
        if (cancelled.getAsBoolean()) {
            return FinishReason.CANCELLED;
        }
        return Thread.currentThread().isInterrupted() ? FinishReason.INTERRUPTED : null;
    }

    private int[] next() {
        try (ActiveAdapters.Scope pass = adapters.pass();
                GradMode off = GradMode.off();
                NDManager scope = manager.newSubManager()) {
            active.beginBatch(growing.stream().mapToInt(GrowingText::index).toArray());
            NDArray logits = reader.read(scope, growing.stream().map(GrowingText::tokens).toList());
            int[] ids = choice.of(logits, growing);
            if (tells) {
                tell(scope, logits, ids);
            }
            return ids;
        }
    }

    private void tell(NDManager scope, NDArray logits, int... ids) {
        NDArray chosen = scope.create(Arrays.stream(ids).asLongStream().toArray());
        float[] found = Sequences.logProbabilities(logits, chosen).toFloatArray();
        for (int i = 0; i < ids.length; i++) {
            growing.get(i).told(found[i]);
        }
    }

    private void leaveEnded() {
        List<GrowingText> left = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < growing.size(); i++) {
            if (!growing.get(i).hasEnded()) {
                left.add(growing.get(i));
                places.add(i);
            }
        }
        if (!left.isEmpty() && left.size() < growing.size()) {
            reader.keep(places.stream().mapToInt(i -> i).toArray());
        }
        growing = left;
    }

    @Override
    public void close() {
        reader.close();
        manager.close();
        adapters.close();
    }
}
