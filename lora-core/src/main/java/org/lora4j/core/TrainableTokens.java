/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokens whose rows in a table train beside an adapter, while the other rows stay frozen: PEFT's
 * trainable_token_indices. Immutable.
 *
 * @param ofInputs ids of tokens in the model's word table; a vocabulary projection that is tied to
 *     it has the same rows
 * @param byModule ids by the ending of a module's path, on a dot or not, such as "embed_tokens";
 *     empty where ofInputs is not
 */
public record TrainableTokens(List<Integer> ofInputs, Map<String, List<Integer>> byModule) {
    /** No tokens. */
    public static final TrainableTokens NONE = new TrainableTokens(List.of(), Map.of());

    /**
     * Copies the collections and checks the ids.
     *
     * @throws IllegalArgumentException if an id is negative or given twice, a name is empty or has
     *     no ids, or both kinds are given
     */
    public TrainableTokens {
        ofInputs = List.copyOf(ofInputs);
        check("the word table", ofInputs);
        Map<String, List<Integer>> copies = new LinkedHashMap<>();
        byModule.forEach(
                (name, ids) -> {
                    if (name.isEmpty() || ids.isEmpty()) {
                        throw new IllegalArgumentException(
                                ("trainable tokens of \"%s\": expected a module's name and at least"
                                                + " one token, found %s")
                                        .formatted(name, ids));
                    }
                    copies.put(name, List.copyOf(ids));
                    check(name, ids);
                });
        byModule = Collections.unmodifiableMap(copies);
        if (!ofInputs.isEmpty() && !byModule.isEmpty()) {
            throw new IllegalArgumentException(
                    "trainable tokens are given for the word table and for modules; expected one of"
                            + " the two");
        }
    }

    /**
     * Returns tokens of the word table.
     *
     * @param ids their ids
     * @throws IllegalArgumentException if an id is negative or given twice
     */
    public static TrainableTokens of(int... ids) {
        List<Integer> list = new ArrayList<>();
        for (int id : ids) {
            list.add(id);
        }
        return new TrainableTokens(list, Map.of());
    }

    /**
     * Returns tokens of modules.
     *
     * @param byModule ids by the ending of a module's path
     * @throws IllegalArgumentException if an id is negative or given twice, or a name is empty or
     *     has no ids
     */
    public static TrainableTokens of(Map<String, List<Integer>> byModule) {
        return new TrainableTokens(List.of(), byModule);
    }

    /** Returns whether there are none. */
    public boolean isEmpty() {
        return ofInputs.isEmpty() && byModule.isEmpty();
    }

    private static void check(String where, List<Integer> ids) {
        for (int id : ids) {
            if (id < 0) {
                throw new IllegalArgumentException(
                        "trainable tokens of %s: an id is at least 0, found %d"
                                .formatted(where, id));
            }
        }
        if (new HashSet<>(ids).size() < ids.size()) {
            throw new IllegalArgumentException(
                    "trainable tokens of %s: expected each id once, found %s"
                            .formatted(where, ids));
        }
    }
}
