/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.lora4j.block.AdapterSelection;

/**
 * The tokens with which a language model's own weights, and each of its adapters, have learnt to
 * end texts: those that end the samples of its trainings, by the chat template or the tokenizer.
 * Thread-safe.
 */
public final class LearntEnds {
    private final Set<Integer> own = ConcurrentHashMap.newKeySet();
    private final Map<String, Set<Integer>> adapters = new ConcurrentHashMap<>();

    /**
     * Adds what a training step teaches to the active adapters, or to the weights if there are
     * none.
     */
    public void learn(AdapterSelection active, Collection<Integer> ends) {
        if (active.weights().isEmpty()) {
            own.addAll(ends);
        }
        active.weights().keySet().forEach(name -> add(name, ends));
    }

    /** Returns what {@link #of(AdapterSelection)} does, as a checkpoint of a training keeps it. */
    public String notes(AdapterSelection active) {
        return of(active).stream().map(String::valueOf).collect(joining(" "));
    }

    /** Sets what the active adapters, or the weights if there are none, have learnt, from notes. */
    public void restore(AdapterSelection active, String notes) {
        List<Integer> ends =
                notes.isEmpty()
                        ? List.of()
                        : Arrays.stream(notes.split(" ")).map(Integer::valueOf).toList();
        set(active, ends);
    }

    private void set(AdapterSelection active, Collection<Integer> ends) {
        if (active.weights().isEmpty()) {
            own.clear();
        }
        active.weights().keySet().forEach(this::remove);
        learn(active, ends);
    }

    /** Adds what an adapter has learnt. */
    public void add(String adapter, Collection<Integer> ends) {
        adapters.computeIfAbsent(adapter, name -> ConcurrentHashMap.newKeySet()).addAll(ends);
    }

    /** Forgets an adapter. */
    public void remove(String adapter) {
        adapters.remove(adapter);
    }

    /** Returns what an adapter has learnt, in order. */
    public Set<Integer> of(String adapter) {
        return new TreeSet<>(adapters.getOrDefault(adapter, Set.of()));
    }

    /** Returns what the weights and the adapters of a selection have learnt, in order. */
    public Set<Integer> of(AdapterSelection selection) {
        Set<Integer> ends = own();
        selection.weights().keySet().forEach(name -> ends.addAll(of(name)));
        return ends;
    }

    /** Returns what the weights have learnt, in order. */
    Set<Integer> own() {
        return new TreeSet<>(own);
    }

    /**
     * Adds what the adapters of a selection have learnt to what the weights have, when they are
     * merged.
     */
    void merge(AdapterSelection selection) {
        own.addAll(of(selection));
        adapters.clear();
    }
}
