/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A selection whose names have been looked up. It keeps meaning the same adapters when their names
 * are given to others. Immutable.
 */
public final class SelectedAdapters {
    private final Map<String, Double> selection;
    private final AdapterVersion[] versions;
    private final double[] weights;
    private final @Nullable Readers gate;
    private final @Nullable RowAdapters rows;
    private final BitSet dormant;
    private final List<Readers> readers = new ArrayList<>();

    private SelectedAdapters(
            Map<String, Double> selection,
            List<AdapterVersion> versions,
            double[] weights,
            @Nullable Readers gate,
            @Nullable RowAdapters rows,
            BitSet dormant) {
        this.rows = rows;
        this.dormant = dormant;
        this.selection = selection;
        this.versions = versions.toArray(new AdapterVersion[0]);
        this.weights = weights;
        this.gate = gate;
        versions.forEach(version -> readers.add(version.readers()));
        if (gate != null) {
            readers.add(gate);
        }
    }

    /**
     * Looks up the names of a selection; names that the tree does not have take no part.
     *
     * @param selection the weights by name, which must not change any more
     * @param named the tree's adapters
     * @param gate the gate of merged weights, or null
     */
    public static SelectedAdapters of(
            Map<String, Double> selection,
            Map<String, AdapterVersion> named,
            @Nullable Readers gate) {
        return of(selection, named, gate, null);
    }

    /**
     * Looks up the adapters of a batch whose texts have their own.
     *
     * @param union all names that occur, with any weight
     * @param rows the weights by name of each text, which must not change any more
     * @param named the tree's adapters
     */
    public static SelectedAdapters ofRows(
            Map<String, Double> union,
            List<Map<String, Double>> rows,
            Map<String, AdapterVersion> named) {
        return of(union, named, null, new RowAdapters(rows, named));
    }

    private static SelectedAdapters of(
            Map<String, Double> selection,
            Map<String, AdapterVersion> named,
            @Nullable Readers gate,
            @Nullable RowAdapters rows) {
        List<AdapterVersion> versions = new ArrayList<>();
        double[] weights = new double[selection.size()];
        for (Map.Entry<String, Double> entry : selection.entrySet()) {
            AdapterVersion version = named.get(entry.getKey());
            if (version != null) {
                weights[versions.size()] = entry.getValue();
                versions.add(version);
            }
        }
        return new SelectedAdapters(
                selection,
                versions,
                Arrays.copyOf(weights, versions.size()),
                gate,
                rows,
                new BitSet());
    }

    /** Returns the weights of the selection by the adapters' names. */
    public Map<String, Double> selection() {
        return selection;
    }

    public int size() {
        return versions.length;
    }

    public AdapterVersion version(int index) {
        return versions[index];
    }

    public double weight(int index) {
        return weights[index];
    }

    /** Returns whether the pairs of some adapter act from an invocation on (aLoRA). */
    public boolean areInvoked() {
        for (AdapterVersion version : versions) {
            if (!version.invocation().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns whether the pairs of an adapter do not act, on tokens before its invocation. All else
     * of it does.
     */
    public boolean isDormant(int index) {
        return dormant.get(index);
    }

    /** Returns the same adapters, some of them dormant. */
    SelectedAdapters with(BitSet sleeping) {
        return new SelectedAdapters(
                selection, Arrays.asList(versions), weights, gate, rows, sleeping);
    }

    /** Returns the gate of the merged weights that this pass may use, or null. */
    @Nullable
    public Readers gate() {
        return gate;
    }

    /**
     * Returns the adapters of each text where texts have their own: these are all of them then, to
     * be kept in memory together. Null where all texts have these.
     */
    @Nullable
    public RowAdapters rows() {
        return rows;
    }

    /** Returns whether an adapter takes part, given by its name or as a version. */
    public boolean uses(String key, @Nullable AdapterVersion version) {
        return selection.containsKey(key)
                || (version != null && Arrays.asList(versions).contains(version));
    }

    /** Returns whether the same adapters take part, with the same weights. */
    public boolean addsTheSameAs(SelectedAdapters other) {
        if (versions.length != other.versions.length) {
            return false;
        }
        for (int i = 0; i < versions.length; i++) {
            if (versions[i] != other.versions[i]
                    || Double.compare(weights[i], other.weights[i]) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Begins to read all adapters and the gate; returns false, and reads none, if one is retired.
     */
    public boolean enter() {
        for (int i = 0; i < readers.size(); i++) {
            if (!readers.get(i).enter()) {
                while (--i >= 0) {
                    readers.get(i).leave();
                }
                return false;
            }
        }
        return true;
    }

    /** Begins to read what the caller holds. */
    public void enterAsHolder() {
        readers.forEach(Readers::enterAsHolder);
    }

    public void leave() {
        readers.forEach(Readers::leave);
    }

    /** Begins to hold all of it; the caller must be reading it. */
    public void hold() {
        readers.forEach(Readers::hold);
    }

    /** Ends holding. */
    public void release() {
        readers.forEach(Readers::release);
    }
}
