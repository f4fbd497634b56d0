/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.core.Candidate;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.train.TrainingAdvice;

/**
 * What is known of training adapters of transformers.
 *
 * <p>The learning rate of an adapter is {@code 5e-4 (2000 / H)^0.781} for hidden states of width H,
 * at most 2e-3, and that of full fine-tuning a tenth of it. Tinker's cookbook fitted the rule to
 * Llama models; below a width of 340, where the rule exceeds the limit, the limit applies. The
 * warnings follow Schulman et al., "LoRA Without Regret" (2025): adapters of attention alone learn
 * less than those of all layers at the same number of parameters, and large batches cost adapters
 * more than full fine-tuning.
 */
public final class ModelAdvice {
    private static final double BASE_RATE = 5e-4;
    private static final double BASE_WIDTH = 2000;
    private static final double EXPONENT = 0.781;
    private static final double MOST = 2e-3;
    private static final double FULL_SHARE = 0.1;
    private static final int LARGE_BATCH = 128;

    /** Of a language model, whose short texts share rows: 256 for each of so many examples. */
    private static final long LARGE_TOKENS = 256L * LARGE_BATCH;

    private static final Set<String> ATTENTION = Set.of("self_attn", "attn", "attention");

    private ModelAdvice() {}

    /** Returns the advice for training the model as it is now. */
    public static TrainingAdvice of(LoadedModel model) {
        boolean full = BlockTree.trainedAdapters(model.block()).isEmpty();
        OptionalInt width = model.config().hiddenSize();
        if (width.isEmpty() || width.getAsInt() < 1) {
            return TrainingAdvice.NONE;
        }
        if (full) {
            return new TrainingAdvice(
                    rate(width.getAsInt()) * FULL_SHARE,
                    reason(width.getAsInt()) + "; a tenth of it for full fine-tuning",
                    0,
                    0,
                    List.of());
        }
        return new TrainingAdvice(
                rate(width.getAsInt()),
                reason(width.getAsInt()),
                LARGE_BATCH,
                model.block() instanceof CausalLanguageModel ? LARGE_TOKENS : 0,
                warnings(model.block()));
    }

    /** Returns the advice for training an adapter of an encoder with hidden states of a width. */
    public static TrainingAdvice ofEncoder(int width) {
        return new TrainingAdvice(rate(width), reason(width), LARGE_BATCH, 0, List.of());
    }

    private static String reason(int width) {
        return String.format(
                Locale.ROOT,
                "%s, for hidden states of width %d",
                rate(width) == MOST ? "the largest default" : "5e-4 (2000/width)^0.781",
                width);
    }

    /** Returns the learning rate of an adapter for hidden states of a width, at least 1. */
    public static double rate(int width) {
        return Math.min(MOST, BASE_RATE * Math.pow(BASE_WIDTH / width, EXPONENT));
    }

    private static List<String> warnings(ModelRoot root) {
        List<String> adapted = new ArrayList<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof AdaptedLayer) {
                adapted.add(node.path());
            }
        }
        boolean attentionOnly =
                root instanceof CausalLanguageModel
                        && !adapted.isEmpty()
                        && adapted.stream().allMatch(ModelAdvice::isInAttention)
                        && root.candidates().stream().anyMatch(ModelAdvice::isOutside);
        return attentionOnly
                ? List.of(
                        "only attention is adapted: adapters of all layers, or of the MLP alone,"
                                + " learn more with as many parameters; consider the targets"
                                + " \"all-linear\"")
                : List.of();
    }

    private static boolean isOutside(Candidate candidate) {
        return candidate.linear() && !candidate.outputHead() && !isInAttention(candidate.path());
    }

    private static boolean isInAttention(String path) {
        for (String p = path; !p.isEmpty(); p = ModulePath.parent(p)) {
            if (ATTENTION.contains(ModulePath.lastSegment(p))) {
                return true;
            }
        }
        return false;
    }
}
