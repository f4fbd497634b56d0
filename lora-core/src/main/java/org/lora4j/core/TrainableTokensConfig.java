/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.List;
import java.util.Map;

/**
 * Rows of some tokens that train by themselves, with nothing beside them: PEFT's
 * TrainableTokensConfig. Beside low-rank pairs the same rows are {@link LoraConfig#tokens}. The
 * rows begin as those of the base. Immutable.
 *
 * @param tokenIndices ids of tokens, at least one
 * @param targets the tables; unset, the model's word table. A vocabulary projection that is tied to
 *     it has the same rows
 */
public record TrainableTokensConfig(List<Integer> tokenIndices, TargetModules targets)
        implements AdapterConfig {
    /**
     * Copies the ids and checks them.
     *
     * @throws IllegalArgumentException if there is none, one is negative or given twice, or the
     *     targets are "all-linear" or "all-layers"
     */
    public TrainableTokensConfig {
        tokenIndices = new TrainableTokens(tokenIndices, Map.of()).ofInputs();
        if (tokenIndices.isEmpty()) {
            throw new IllegalArgumentException(
                    "trainable tokens: expected the id of at least one token, found none; name"
                            + " them, by --trainable-token-indices on the command line");
        }
        if (targets.kind().isWord()) {
            throw new IllegalArgumentException(
                    "trainable tokens: expected the names of tables, or one pattern, found "
                            + targets.kind());
        }
    }

    /**
     * Returns the configuration for rows of the word table.
     *
     * @param ids the tokens' ids
     * @throws IllegalArgumentException if there is none, or one is negative or given twice
     */
    public static TrainableTokensConfig of(int... ids) {
        return new TrainableTokensConfig(TrainableTokens.of(ids).ofInputs(), TargetModules.unset());
    }

    @Override
    public String peftType() {
        return "TRAINABLE_TOKENS";
    }

    /** {@inheritDoc} Without targets it is the word table. */
    @Override
    public boolean selectsModules() {
        return targets.selects();
    }

    /** {@inheritDoc} None, as in PEFT. */
    @Override
    public List<String> modulesToSave() {
        return List.of();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if modules to save are named
     */
    @Override
    public TrainableTokensConfig selecting(TargetModules which, List<String> whole) {
        if (!whole.isEmpty()) {
            throw new IllegalArgumentException(
                    ("trainable tokens train by themselves, and no modules whole beside them;"
                                    + " found %s. Use LoraConfig with optTrainableTokens")
                            .formatted(whole));
        }
        return new TrainableTokensConfig(tokenIndices, which);
    }
}
