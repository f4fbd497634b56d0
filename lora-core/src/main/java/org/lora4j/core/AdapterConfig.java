/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.List;

/**
 * What an adapter is: the configuration of one method. A model carries adapters of one method at a
 * time, as in PEFT.
 *
 * <ul>
 *   <li>{@link LoraConfig}: low-rank pairs beside frozen weights
 *   <li>{@link Ia3Config}: vectors that rescale what layers get or give
 *   <li>{@link TrainableTokensConfig}: rows of some tokens, and nothing else
 *   <li>{@link SoftPromptConfig}: trained vectors before the tokens of every text
 * </ul>
 */
public sealed interface AdapterConfig
        permits LoraConfig, Ia3Config, TrainableTokensConfig, SoftPromptConfig {
    /** Returns the method's name in PEFT's files, its peft_type, such as "LORA". */
    String peftType();

    /** Returns which modules are adapted. */
    TargetModules targets();

    /** Returns the names of modules that train whole and are saved whole. */
    List<String> modulesToSave();

    /** Returns whether the method changes modules that are selected, as all but prompts do. */
    default boolean selectsModules() {
        return true;
    }

    /** Returns which biases train too. */
    default Bias bias() {
        return Bias.NONE;
    }

    /** Returns the tokens whose rows train too. */
    default TrainableTokens tokens() {
        return TrainableTokens.NONE;
    }

    /** Returns the seed of what is drawn. */
    default long seed() {
        return 0;
    }

    /**
     * Returns a configuration that differs in its selection of modules.
     *
     * @param targets which modules are adapted
     * @param modulesToSave names of modules that train whole
     */
    AdapterConfig selecting(TargetModules targets, List<String> modulesToSave);

    /**
     * Returns a configuration that adapts the modules of other names.
     *
     * @param names as {@link LoraConfigBuilder#optTargetModules} takes them
     */
    default AdapterConfig targeting(List<String> names) {
        TargetModules own =
                LoraConfig.builder()
                        .optTargets(targets())
                        .optTargetModules(names)
                        .build()
                        .targets();
        return selecting(own, modulesToSave());
    }
}
