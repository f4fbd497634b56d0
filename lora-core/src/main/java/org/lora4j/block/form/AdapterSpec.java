/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import java.util.List;
import org.lora4j.core.ConvForm;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;

/**
 * The numbers of one adapter on one layer, after every pattern of the configuration was applied.
 *
 * @param rank r
 * @param alpha the numerator of the scaling
 * @param scaling s, alpha / r or alpha / √r
 * @param dropout the probability with which an element of A's input is dropped in training
 * @param init what A and B begin with
 * @param deltaDtype the precision of the low-rank product
 * @param seed the seed that, with the layer's path, decides A
 * @param convForm the form of A and B where the layer is a convolution
 * @param enableLora a flag for each slice of a fused linear layer that is adapted in slices, or
 *     none
 * @param mergeOnInference whether the layer runs on a merged weight when it is not training
 * @param dora whether the adapter has magnitudes beside A and B (DoRA)
 * @param initIterations the iterations of PiSSA's randomised decomposition, or 0 for an exact one
 * @param ofParameter whether the weight is adapted by itself, in the form of PEFT's ParamWrapper,
 *     and not as its layer's
 * @param loraBias whether B has a bias
 * @param variant what the adapter does otherwise than LoRA
 */
public record AdapterSpec(
        int rank,
        double alpha,
        double scaling,
        double dropout,
        Init init,
        DeltaDtype deltaDtype,
        long seed,
        ConvForm convForm,
        List<Boolean> enableLora,
        boolean mergeOnInference,
        boolean dora,
        int initIterations,
        boolean ofParameter,
        boolean loraBias,
        LoraVariant variant) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if the rank is less than 1, alpha or the scaling is not
     *     finite, or the dropout is outside [0, 1)
     */
    public AdapterSpec {
        check(rank >= 1, "rank", "at least 1", rank);
        check(Double.isFinite(alpha), "alpha", "a finite number", alpha);
        check(Double.isFinite(scaling), "scaling", "a finite number", scaling);
        check(dropout >= 0 && dropout < 1, "dropout", "at least 0 and less than 1", dropout);
        enableLora = List.copyOf(enableLora);
    }

    /**
     * An adapter on a layer.
     *
     * @param rank r
     * @param alpha the numerator of the scaling
     * @param scaling s
     * @param dropout the dropout of A's input
     * @param init how A is drawn
     * @param deltaDtype the precision of the low-rank product
     * @param seed the seed of A
     * @param convForm the form of A and B where the layer is a convolution
     * @param enableLora a flag for each slice of a fused linear layer, or none
     * @param mergeOnInference whether the layer runs on a merged weight when it is not training
     * @param dora whether the adapter has magnitudes (DoRA)
     * @param initIterations the iterations of PiSSA's randomised decomposition, or 0
     */
    public AdapterSpec(
            int rank,
            double alpha,
            double scaling,
            double dropout,
            Init init,
            DeltaDtype deltaDtype,
            long seed,
            ConvForm convForm,
            List<Boolean> enableLora,
            boolean mergeOnInference,
            boolean dora,
            int initIterations) {
        this(
                rank,
                alpha,
                scaling,
                dropout,
                init,
                deltaDtype,
                seed,
                convForm,
                enableLora,
                mergeOnInference,
                dora,
                initIterations,
                false,
                false,
                LoraVariant.plain());
    }

    /**
     * An adapter in PEFT's forms, on the whole layer, that is merged when told to.
     *
     * @param rank r
     * @param alpha the numerator of the scaling
     * @param scaling s
     * @param dropout the dropout of A's input
     * @param init how A is drawn
     * @param deltaDtype the precision of the low-rank product
     * @param seed the seed of A
     */
    public AdapterSpec(
            int rank,
            double alpha,
            double scaling,
            double dropout,
            Init init,
            DeltaDtype deltaDtype,
            long seed) {
        this(
                rank,
                alpha,
                scaling,
                dropout,
                init,
                deltaDtype,
                seed,
                ConvForm.PEFT,
                List.of(),
                false);
    }

    /**
     * An adapter without magnitudes.
     *
     * @param rank r
     * @param alpha the numerator of the scaling
     * @param scaling s
     * @param dropout the dropout of A's input
     * @param init how A is drawn
     * @param deltaDtype the precision of the low-rank product
     * @param seed the seed of A
     * @param convForm the form of A and B where the layer is a convolution
     * @param enableLora a flag for each slice of a fused linear layer, or none
     * @param mergeOnInference whether the layer runs on a merged weight when it is not training
     */
    public AdapterSpec(
            int rank,
            double alpha,
            double scaling,
            double dropout,
            Init init,
            DeltaDtype deltaDtype,
            long seed,
            ConvForm convForm,
            List<Boolean> enableLora,
            boolean mergeOnInference) {
        this(
                rank,
                alpha,
                scaling,
                dropout,
                init,
                deltaDtype,
                seed,
                convForm,
                enableLora,
                mergeOnInference,
                false,
                0);
    }

    /**
     * Returns the same numbers with other choices.
     *
     * @param merges whether the layer runs on a merged weight when it is not training
     * @param magnitudes whether the adapter has magnitudes (DoRA)
     */
    public AdapterSpec with(boolean merges, boolean magnitudes) {
        return new AdapterSpec(
                rank,
                alpha,
                scaling,
                dropout,
                init,
                deltaDtype,
                seed,
                convForm,
                enableLora,
                merges,
                magnitudes,
                initIterations,
                ofParameter,
                loraBias,
                variant);
    }

    /**
     * Returns the same numbers with another beginning.
     *
     * @param value what A and B begin with
     * @param iterations the iterations of PiSSA's randomised decomposition, or 0 for an exact one
     */
    public AdapterSpec withInit(Init value, int iterations) {
        return copy(value, iterations, ofParameter, loraBias, variant);
    }

    /** Returns the same numbers for a weight that is adapted by itself. */
    public AdapterSpec forParameter() {
        return copy(init, initIterations, true, loraBias, variant);
    }

    /** Returns the same numbers with a bias of B or without. */
    public AdapterSpec withLoraBias(boolean value) {
        return copy(init, initIterations, ofParameter, value, variant);
    }

    /** Returns the same numbers of another variant of LoRA. */
    public AdapterSpec withVariant(LoraVariant value) {
        return copy(init, initIterations, ofParameter, loraBias, value);
    }

    private AdapterSpec copy(
            Init beginning,
            int iterations,
            boolean isOfParameter,
            boolean biasOnB,
            LoraVariant other) {
        return new AdapterSpec(
                rank,
                alpha,
                scaling,
                dropout,
                beginning,
                deltaDtype,
                seed,
                convForm,
                enableLora,
                mergeOnInference,
                dora,
                iterations,
                isOfParameter,
                biasOnB,
                other);
    }

    private static void check(boolean holds, String what, String expected, Number found) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "an adapter's " + what + " must be " + expected + ", found " + found);
        }
    }

    /**
     * Returns what a configuration says about the layer at a path.
     *
     * @param config the configuration
     * @param path the layer's module path
     */
    public static AdapterSpec of(LoraConfig config, String path) {
        return new AdapterSpec(
                config.rankFor(path),
                config.alphaFor(path),
                config.scalingFor(path),
                config.dropout(),
                config.init(),
                config.deltaDtype(),
                config.seed(),
                config.forms().convolution(),
                config.forms().enableLoraFor(path),
                config.mergeOnInference(),
                config.dora(),
                config.initIterations(),
                false,
                config.loraBias(),
                config.variant());
    }
}
