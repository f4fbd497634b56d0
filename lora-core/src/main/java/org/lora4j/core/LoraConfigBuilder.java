/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.variant.LoraVariant;

/**
 * Collects the values of a {@link LoraConfig}; {@link #build} checks them together. Every value has
 * a default. Not safe for use by several threads at once.
 */
public final class LoraConfigBuilder {
    private int rank = LoraConfig.DEFAULT_RANK;
    private double alpha = LoraConfig.DEFAULT_ALPHA;
    private double dropout;
    private boolean rslora;
    private @Nullable Init init;
    private Bias bias = Bias.NONE;
    private TargetModules.Kind targetKind = TargetModules.Kind.UNSET;
    private List<String> targetNames = List.of();
    private TargetModules.Kind excludeKind = TargetModules.Kind.UNSET;
    private List<String> exclude = List.of();
    private List<Integer> layersToTransform = List.of();
    private List<String> layersPattern = List.of();
    private boolean allowUnmatched;
    private List<String> modulesToSave = List.of();
    private Map<String, Integer> rankPattern = Map.of();
    private Map<String, Double> alphaPattern = Map.of();
    private DeltaDtype deltaDtype = DeltaDtype.ACTIVATION;
    private long seed;
    private LayerForms forms = LayerForms.PEFT;
    private boolean mergeOnInference;
    private boolean dora;
    private TrainableTokens tokens = TrainableTokens.NONE;
    private int initIterations;
    private List<String> targetParameters = List.of();
    private boolean loraBias;
    private LoraVariant variant = LoraVariant.plain();

    LoraConfigBuilder() {}

    LoraConfigBuilder(LoraConfig config) {
        rank = config.rank();
        alpha = config.alpha();
        dropout = config.dropout();
        rslora = config.rslora();
        init = config.init();
        bias = config.bias();
        optTargets(config.targets());
        modulesToSave = config.modulesToSave();
        rankPattern = config.rankPattern();
        alphaPattern = config.alphaPattern();
        deltaDtype = config.deltaDtype();
        seed = config.seed();
        forms = config.forms();
        mergeOnInference = config.mergeOnInference();
        dora = config.dora();
        tokens = config.tokens();
        initIterations = config.initIterations();
        targetParameters = config.targetParameters();
        loraBias = config.loraBias();
        variant = config.variant();
    }

    /**
     * Sets the rank r of the update.
     *
     * @param value at least 1; {@value LoraConfig#DEFAULT_RANK} by default
     * @return this
     */
    public LoraConfigBuilder setRank(int value) {
        rank = value;
        return this;
    }

    /**
     * Sets alpha, the numerator of the scaling. With one alpha for all ranks, the best learning
     * rate hardly depends on the rank.
     *
     * @param value finite and not negative; {@value LoraConfig#DEFAULT_ALPHA} by default
     * @return this
     */
    public LoraConfigBuilder setAlpha(double value) {
        alpha = value;
        return this;
    }

    /**
     * Sets the dropout on the input of A.
     *
     * @param value in [0, 1); 0 by default
     * @return this
     */
    public LoraConfigBuilder optDropout(double value) {
        dropout = value;
        return this;
    }

    /**
     * Chooses rank-stabilised scaling, alpha / √r (Kalajdzievski 2023).
     *
     * @param value false by default
     * @return this
     */
    public LoraConfigBuilder optRslora(boolean value) {
        rslora = value;
        return this;
    }

    /**
     * Chooses weight-decomposed adaptation, DoRA (Liu et al. 2024, arXiv:2402.09353): the adapted
     * weight is m ∘ V / ‖V‖ with V = W0 + s·B·A, where ‖V‖ has one length for each output and m,
     * which begins as those lengths, is trained beside A and B. For linear layers, embeddings and
     * convolutions in PEFT's form.
     *
     * @param value false by default
     * @return this
     */
    public LoraConfigBuilder optDora(boolean value) {
        dora = value;
        return this;
    }

    /**
     * Sets what A and B begin with.
     *
     * @param value {@link Init#GAUSSIAN} by default, and {@link Init#KAIMING_UNIFORM} where B has a
     *     bias
     * @return this
     */
    public LoraConfigBuilder optInit(Init value) {
        init = value;
        return this;
    }

    /**
     * Begins {@link Init#PISSA} with a randomised decomposition, which takes less time than an
     * exact one and is nearly as good.
     *
     * @param value the iterations, such as 4 or 16; 0, an exact decomposition, by default
     * @return this
     */
    public LoraConfigBuilder optInitIterations(int value) {
        initIterations = value;
        return this;
    }

    /**
     * Sets which biases train too.
     *
     * @param value {@link Bias#NONE} by default
     * @return this
     */
    public LoraConfigBuilder optBias(Bias value) {
        bias = value;
        return this;
    }

    /**
     * Sets everything about which modules are adapted at once, in place of earlier calls.
     *
     * @param value the selection
     * @return this
     */
    public LoraConfigBuilder optTargets(TargetModules value) {
        targetKind = value.kind();
        targetNames = value.names();
        excludeKind = value.excludeKind();
        exclude = value.exclude();
        layersToTransform = value.layersToTransform();
        layersPattern = value.layersPattern();
        allowUnmatched = value.allowUnmatched();
        return this;
    }

    /**
     * Sets the modules to adapt, in place of earlier ones.
     *
     * @param entries full paths or endings of paths; or one entry "regex:..." with a Python pattern
     *     for whole paths; or the one entry "all-linear", or "all-layers" for layers of other kinds
     *     too. Unset, a model family uses its default
     * @return this
     * @throws IllegalArgumentException if a pattern or one of the words stands beside other entries
     */
    public LoraConfigBuilder optTargetModules(String... entries) {
        return optTargetModules(Arrays.asList(entries));
    }

    /**
     * Sets the modules to adapt, in place of earlier ones.
     *
     * @param entries as for {@link #optTargetModules(String...)}
     * @return this
     * @throws IllegalArgumentException if a pattern or one of the words stands beside other entries
     */
    public LoraConfigBuilder optTargetModules(Collection<String> entries) {
        List<String> list = List.copyOf(entries);
        targetKind = TargetModules.kindOf("target modules", list);
        targetNames = TargetModules.bare(targetKind, list);
        return this;
    }

    /**
     * Sets the modules that are never adapted, in place of earlier ones.
     *
     * @param entries full paths or endings of paths, or one entry "regex:..."; none means that
     *     nothing is excluded
     * @return this
     * @throws IllegalArgumentException if a pattern stands beside other entries
     */
    public LoraConfigBuilder optExcludeModules(String... entries) {
        return optExcludeModules(Arrays.asList(entries));
    }

    /**
     * Sets the modules that are never adapted, in place of earlier ones.
     *
     * @param entries as for {@link #optExcludeModules(String...)}
     * @return this
     * @throws IllegalArgumentException if a pattern stands beside other entries
     */
    public LoraConfigBuilder optExcludeModules(Collection<String> entries) {
        List<String> list = List.copyOf(entries);
        excludeKind =
                list.isEmpty()
                        ? TargetModules.Kind.UNSET
                        : TargetModules.kindOf("exclude modules", list);
        exclude = TargetModules.bare(excludeKind, list);
        return this;
    }

    /**
     * Adapts only these layers; for modules that are listed by the ending of their path.
     *
     * @param indices layer numbers from 0; none means all layers
     * @return this
     */
    public LoraConfigBuilder optLayersToTransform(int... indices) {
        return optLayersToTransform(Arrays.stream(indices).boxed().toList());
    }

    /**
     * Adapts only these layers; for modules that are listed by the ending of their path.
     *
     * @param indices layer numbers from 0; none means all layers
     * @return this
     */
    public LoraConfigBuilder optLayersToTransform(Collection<Integer> indices) {
        layersToTransform = List.copyOf(indices);
        return this;
    }

    /**
     * Names the list that holds the layers, where the number of the layer is not the first number
     * in the path; needs {@link #optLayersToTransform(int...)}.
     *
     * @param names such as "layers" or "h", Python patterns; the first that matches counts
     * @return this
     */
    public LoraConfigBuilder optLayersPattern(String... names) {
        layersPattern = List.of(names);
        return this;
    }

    /**
     * Accepts listed names that match nothing when adapting; they are errors otherwise.
     *
     * @param value false by default
     * @return this
     */
    public LoraConfigBuilder optAllowUnmatchedTargets(boolean value) {
        allowUnmatched = value;
        return this;
    }

    /**
     * Sets the modules that train whole and are saved whole, in place of earlier ones.
     *
     * @param names full paths or endings of paths, on a dot or not, such as "classifier"; each
     *     selects every module whose path ends in it
     * @return this
     */
    public LoraConfigBuilder optModulesToSave(String... names) {
        return optModulesToSave(Arrays.asList(names));
    }

    /**
     * Sets the modules that train whole and are saved whole, in place of earlier ones.
     *
     * @param names full paths or endings of paths, on a dot or not, such as "classifier"; each
     *     selects every module whose path ends in it
     * @return this
     */
    public LoraConfigBuilder optModulesToSave(Collection<String> names) {
        modulesToSave = List.copyOf(names);
        return this;
    }

    /**
     * Sets other ranks for some modules; the first key that matches wins, in the map's order.
     *
     * @param ranks from a Python pattern for the end of the path (on a dot) to a rank
     * @return this
     */
    public LoraConfigBuilder optRankPattern(Map<String, Integer> ranks) {
        rankPattern = new LinkedHashMap<>(ranks);
        return this;
    }

    /**
     * Sets other alphas for some modules; the first key that matches wins, in the map's order.
     *
     * @param alphas from a Python pattern for the end of the path (on a dot) to an alpha
     * @return this
     */
    public LoraConfigBuilder optAlphaPattern(Map<String, Double> alphas) {
        alphaPattern = new LinkedHashMap<>(alphas);
        return this;
    }

    /**
     * Sets the precision of the low-rank product.
     *
     * @param value {@link DeltaDtype#ACTIVATION} by default
     * @return this
     */
    public LoraConfigBuilder optDeltaDtype(DeltaDtype value) {
        deltaDtype = value;
        return this;
    }

    /**
     * Sets the seed from which A is drawn and dropout is counted.
     *
     * @param value 0 by default
     * @return this
     */
    public LoraConfigBuilder optSeed(long value) {
        seed = value;
        return this;
    }

    /**
     * Chooses the form of A and B on convolutions.
     *
     * @param value {@link ConvForm#PEFT} by default
     * @return this
     */
    public LoraConfigBuilder optConvForm(ConvForm value) {
        forms = forms.with(value);
        return this;
    }

    /**
     * Corrects only some of the equal slices of fused linear layers, each with a pair A, B of its
     * own: loralib's MergedLinear. The first pattern that matches a module counts.
     *
     * @param pattern a Python pattern for the end of the path (on a dot), such as "c_attn"
     * @param flags one for each slice; (true, false, true) for query and value of query, key, value
     * @return this
     * @throws IllegalArgumentException if the pattern is broken or no flag is true
     */
    public LoraConfigBuilder optEnableLora(String pattern, boolean... flags) {
        forms = forms.with(pattern, flags);
        return this;
    }

    /**
     * Lets adapted layers run on W0 + s·B·A when they are not training, as loralib's do after
     * eval(); W0 stays as it is. Costs a copy of the adapted weights, made at the first pass and
     * again after A or B changed. For one selection of adapters at a time. A pass whose merged
     * weight would hold NaN or infinite numbers is refused by the layer's path.
     *
     * @param value false by default
     * @return this
     */
    public LoraConfigBuilder optMergeOnInference(boolean value) {
        mergeOnInference = value;
        return this;
    }

    /**
     * Lets the rows of some tokens train, in the word table and in a vocabulary projection that is
     * tied to it, while the other rows stay frozen: PEFT's trainable_token_indices.
     *
     * @param ids the tokens' ids; none by default
     * @return this
     * @throws IllegalArgumentException if an id is negative or given twice
     */
    public LoraConfigBuilder optTrainableTokenIndices(int... ids) {
        return optTrainableTokens(TrainableTokens.of(ids));
    }

    /**
     * Lets the rows of some tokens train, in place of earlier ones.
     *
     * @param value {@link TrainableTokens#NONE} by default
     * @return this
     */
    public LoraConfigBuilder optTrainableTokens(TrainableTokens value) {
        tokens = value;
        return this;
    }

    /**
     * Adapts parameters by themselves, in place of earlier ones: PEFT's target_parameters. For
     * weights that no layer has, such as the [experts, out, in] tensors of a mixture of experts.
     * The block then reads W0 + s·B·A, so that dropout, DoRA and biases cannot be had. Without
     * target modules, nothing else is adapted.
     *
     * @param names full paths, or endings of paths on a dot, such as "experts.gate_up_proj"; none
     *     by default
     * @return this
     */
    public LoraConfigBuilder optTargetParameters(String... names) {
        return optTargetParameters(Arrays.asList(names));
    }

    /**
     * Adapts parameters by themselves, in place of earlier ones.
     *
     * @param names as for {@link #optTargetParameters(String...)}
     * @return this
     */
    public LoraConfigBuilder optTargetParameters(Collection<String> names) {
        targetParameters = List.copyOf(names);
        return this;
    }

    /**
     * Gives B a bias b of its own, PEFT's lora_bias: y + s·(B·A·x + b). For linear layers and
     * convolutions. It serves adapters that were extracted from weights which were trained whole.
     * Merging needs layers that have a bias.
     *
     * @param value false by default
     * @return this
     */
    public LoraConfigBuilder optLoraBias(boolean value) {
        loraBias = value;
        return this;
    }

    /**
     * Chooses what the adapter does otherwise than LoRA, such as {@link LoraVariant.Activated}.
     *
     * @param value {@link LoraVariant#plain} by default
     * @return this
     */
    public LoraConfigBuilder optVariant(LoraVariant value) {
        variant = value;
        return this;
    }

    /**
     * Checks the values together and makes the configuration.
     *
     * @return the configuration
     * @throws IllegalArgumentException if a value is out of range: see {@link LoraConfig} and
     *     {@link TargetModules}
     */
    public LoraConfig build() {
        TargetModules targets =
                new TargetModules(
                        targetKind,
                        targetNames,
                        excludeKind,
                        exclude,
                        layersToTransform,
                        layersPattern,
                        allowUnmatched);
        return new LoraConfig(
                rank,
                alpha,
                dropout,
                rslora,
                init == null ? (loraBias ? Init.KAIMING_UNIFORM : Init.GAUSSIAN) : init,
                bias,
                targets,
                modulesToSave,
                rankPattern,
                alphaPattern,
                deltaDtype,
                seed,
                forms,
                mergeOnInference,
                dora,
                tokens,
                initIterations,
                targetParameters,
                loraBias,
                variant);
    }
}
