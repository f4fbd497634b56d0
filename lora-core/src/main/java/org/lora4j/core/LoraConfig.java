/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.core.variant.LoraVariant;

/**
 * What to adapt and how. Blocks never see a configuration: each layer gets its own numbers from it.
 * Immutable.
 *
 * <p>The update of a layer is s·B·A with A of rank r; s = alpha / r, or alpha / √r with rsLoRA. The
 * fields and their meaning follow PEFT's LoraConfig.
 *
 * @param rank r, at least 1
 * @param alpha the numerator of the scaling, finite and not negative
 * @param dropout probability in [0, 1) with which an input element of A is dropped in training
 * @param rslora whether s is alpha / √r instead of alpha / r
 * @param init how A is drawn
 * @param bias which biases train too
 * @param targets which modules are adapted
 * @param modulesToSave names of modules that train whole and are saved whole, such as a new head
 * @param rankPattern ranks for modules whose name matches a key (a Python pattern for the end of
 *     the path, on a dot); the first match in the map's order wins
 * @param alphaPattern alphas for modules whose name matches a key, looked up as the ranks are
 * @param deltaDtype the precision of the low-rank product
 * @param seed the seed from which A is drawn and dropout is counted
 * @param forms which forms A and B have on convolutions and on fused layers
 * @param mergeOnInference whether layers run on merged weights when they are not training
 * @param dora whether the lengths of the rows of the changed weights are trained apart from their
 *     directions (DoRA)
 * @param tokens tokens whose rows train too
 * @param initIterations the iterations of a randomised decomposition by which {@link Init#PISSA} is
 *     begun, or 0 for an exact one
 * @param targetParameters names of parameters that are adapted by themselves, such as
 *     "experts.gate_up_proj": full paths, or endings of paths on a dot
 * @param loraBias whether B has a bias, which trains too and is scaled as B·A is
 * @param variant what the adapter does otherwise than LoRA
 */
public record LoraConfig(
        int rank,
        double alpha,
        double dropout,
        boolean rslora,
        Init init,
        Bias bias,
        TargetModules targets,
        List<String> modulesToSave,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern,
        DeltaDtype deltaDtype,
        long seed,
        LayerForms forms,
        boolean mergeOnInference,
        boolean dora,
        TrainableTokens tokens,
        int initIterations,
        List<String> targetParameters,
        boolean loraBias,
        LoraVariant variant)
        implements AdapterConfig {
    /** The rank of a configuration that names none: PEFT's. */
    public static final int DEFAULT_RANK = 8;

    /**
     * The alpha of a configuration that names none, for any rank: with it one learning rate serves
     * all ranks (Schulman et al. 2025, "LoRA Without Regret"). A file without an alpha has PEFT's.
     */
    public static final double DEFAULT_ALPHA = 32;

    /**
     * Copies the collections and checks the values.
     *
     * @throws IllegalArgumentException if a rank is below 1, an alpha is negative or not finite,
     *     the dropout lies outside [0, 1), iterations are set without PiSSA, a name is empty, a
     *     pattern is broken (with its position), or target parameters are combined with dropout,
     *     DoRA, biases, or an initialisation that reads the weight, {@link Init#MICA} with DoRA, a
     *     bias of B with DoRA or another initialisation than {@link Init#KAIMING_UNIFORM}, or a
     *     variant with what it excludes
     */
    public LoraConfig {
        checkRank("rank", rank);
        checkAlpha("alpha", alpha);
        // Written so that NaN is refused too.
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "dropout must be at least 0 and less than 1, found " + dropout);
        }
        if (initIterations < 0 || (initIterations > 0 && init != Init.PISSA)) {
            throw new IllegalArgumentException(
                    "initIterations must be 0, or with PISSA at least 1; found %d with %s"
                            .formatted(initIterations, init));
        }
        targetParameters = List.copyOf(targetParameters);
        TargetModules.checkNotEmpty("target parameters", targetParameters);
        if (!targetParameters.isEmpty()) {
            checkForParameters(dropout, dora || loraBias, bias, init);
        }
        if (loraBias && (dora || init != Init.KAIMING_UNIFORM)) {
            throw new IllegalArgumentException(
                    "a bias of B is possible without DoRA and with KAIMING_UNIFORM alone, as in"
                            + " PEFT; found "
                            + (dora ? "DoRA" : init));
        }
        if (init == Init.MICA && (dora || variant != LoraVariant.plain())) {
            throw new IllegalArgumentException(
                    "MICA is possible with plain LoRA alone, as in PEFT; found "
                            + (dora ? "DoRA" : variant.title()));
        }
        if (variant != LoraVariant.plain()) {
            checkVariant(variant, dora, init, mergeOnInference, targetParameters);
        }
        modulesToSave = List.copyOf(modulesToSave);
        TargetModules.checkNotEmpty("modules to save", modulesToSave);
        rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
        alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
        rankPattern.forEach(
                (key, value) -> {
                    PatternKey.check("rank pattern", key);
                    checkRank("rank pattern \"" + key + "\": rank", value);
                });
        alphaPattern.forEach(
                (key, value) -> {
                    PatternKey.check("alpha pattern", key);
                    checkAlpha("alpha pattern \"" + key + "\": alpha", value);
                });
    }

    @Override
    public String peftType() {
        return "LORA";
    }

    /** {@inheritDoc} Without target modules, target parameters are all that is adapted. */
    @Override
    public boolean selectsModules() {
        return targetParameters.isEmpty() || targets.selects();
    }

    @Override
    public LoraConfig selecting(TargetModules which, List<String> whole) {
        return toBuilder().optTargets(which).optModulesToSave(whole).build();
    }

    /** Returns a builder with the defaults. */
    public static LoraConfigBuilder builder() {
        return new LoraConfigBuilder();
    }

    /** Returns a builder that begins with every value of this configuration. */
    public LoraConfigBuilder toBuilder() {
        return new LoraConfigBuilder(this);
    }

    /**
     * Returns the rank of one module: that of the first rank pattern that matches, or {@link
     * #rank}.
     *
     * @param path the module's path
     * @throws IllegalArgumentException if matching a pattern takes too many steps
     */
    public int rankFor(String path) {
        return PatternKey.lookUp("rank pattern", rankPattern, path, rank);
    }

    /**
     * Returns the alpha of one module: that of the first alpha pattern that matches, or {@link
     * #alpha}.
     *
     * @param path the module's path
     * @throws IllegalArgumentException if matching a pattern takes too many steps
     */
    public double alphaFor(String path) {
        return PatternKey.lookUp("alpha pattern", alphaPattern, path, alpha);
    }

    /**
     * Returns the scaling s of one module: alpha / r, or alpha / √r with rsLoRA, of the module's
     * own alpha and rank.
     *
     * @param path the module's path
     * @throws IllegalArgumentException if matching a pattern takes too many steps
     */
    public double scalingFor(String path) {
        int r = rankFor(path);
        return alphaFor(path) / (rslora ? Math.sqrt(r) : r);
    }

    /** As in PEFT, where a parameter has no layer that could do more than add B A to it. */
    private static void checkForParameters(double dropout, boolean dora, Bias bias, Init init) {
        String other =
                dropout > 0
                        ? "dropout " + dropout
                        : dora
                                ? "DoRA or a bias of B"
                                : bias != Bias.NONE
                                        ? "bias " + bias
                                        : init.isPartOfWeight() || init.keepsB()
                                                ? "init " + init
                                                : "";
        if (!other.isEmpty()) {
            throw new IllegalArgumentException(
                    ("target parameters are changed by s B A alone, so that %s cannot be had with"
                                    + " them; leave it off, or name the layers with"
                                    + " optTargetModules")
                            .formatted(other));
        }
    }

    /** As in PEFT, where an adapter is of one variant, DoRA being one. */
    private static void checkVariant(
            LoraVariant variant, boolean dora, Init init, boolean merges, List<String> parameters) {
        String other =
                dora
                        ? "DoRA"
                        : merges && !variant.merges()
                                ? "merging on inference"
                                : parameters.isEmpty() ? "" : "target parameters";
        if (variant instanceof LoraVariant.Kasa && init.isPartOfWeight()) {
            other = init.toString();
        }
        if (!other.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s cannot be combined with %s; leave one of them off"
                            .formatted(variant.title(), other));
        }
    }

    private static void checkRank(String what, int rank) {
        if (rank < 1) {
            throw new IllegalArgumentException(what + " must be at least 1, found " + rank);
        }
    }

    private static void checkAlpha(String what, double alpha) {
        if (!(alpha >= 0 && alpha <= Float.MAX_VALUE)) { // it scales in float32
            throw new IllegalArgumentException(
                    what + " must be finite and not negative, found " + alpha);
        }
    }
}
