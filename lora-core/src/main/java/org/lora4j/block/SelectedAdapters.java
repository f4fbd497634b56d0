/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A selection whose names have been looked up: the adapters themselves, which stay these while the
 * names may come to mean others. Immutable.
 */
public final class SelectedAdapters {
    private final AdapterSelection selection;
    private final AdapterVersion[] versions;
    private final double[] weights;
    private final @Nullable Readers gate;
    private final List<Readers> readers = new ArrayList<>();

    private SelectedAdapters(
            AdapterSelection selection,
            List<AdapterVersion> versions,
            double[] weights,
            @Nullable Readers gate) {
        this.selection = selection;
        this.versions = versions.toArray(new AdapterVersion[0]);
        this.weights = weights;
        this.gate = gate;
        versions.forEach(version -> readers.add(version.readers()));
        if (gate != null) {
            readers.add(gate);
        }
    }

    /** Looks names up; names that the tree does not have take no part. */
    public static SelectedAdapters of(
            AdapterSelection selection, Map<String, AdapterVersion> named, @Nullable Readers gate) {
        List<AdapterVersion> versions = new ArrayList<>();
        double[] weights = new double[selection.weights().size()];
        for (Map.Entry<String, Double> entry : selection.weights().entrySet()) {
            AdapterVersion version = named.get(entry.getKey());
            if (version != null) {
                weights[versions.size()] = entry.getValue();
                versions.add(version);
            }
        }
        return new SelectedAdapters(
                selection, versions, Arrays.copyOf(weights, versions.size()), gate);
    }

    /** Returns the selection by name. */
    public AdapterSelection selection() {
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

    /** Returns what opens the tree's merged weights to this pass, or null. */
    @Nullable
    public Readers gate() {
        return gate;
    }

    /** Returns whether an adapter takes part, by its name or itself. */
    public boolean uses(String key, @Nullable AdapterVersion version) {
        return selection.weights().containsKey(key)
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

    /** Begins to read all of it; false, and nothing is begun, if some of it is retired. */
    boolean enter() {
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

    /** Begins to read what is held. */
    void enterAsHolder() {
        readers.forEach(Readers::enterAsHolder);
    }

    void leave() {
        readers.forEach(Readers::leave);
    }

    /** Begins to hold all of it; for one who is reading it. */
    void hold() {
        readers.forEach(Readers::hold);
    }

    /** Ends holding. */
    void release() {
        readers.forEach(Readers::release);
    }
}
