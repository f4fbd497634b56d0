/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.family.ModuleShape.Kind;

/** Collects the modules of a model that is described, not built. */
final class ModuleShapes {
    private final List<ModuleShape> all = new ArrayList<>();

    void linear(String path, long in, long out, boolean bias) {
        add(path, Kind.LINEAR, in, out, linearSize(in, out, bias));
    }

    void output(String path, long in, long out, boolean bias) {
        add(path, Kind.OUTPUT, in, out, linearSize(in, out, bias));
    }

    /** An output layer that shares the table of the embeddings: no numbers of its own. */
    private void tiedOutput(String path, long in, long out) {
        add(path, Kind.OUTPUT, in, out, 0);
    }

    /** A vocabulary projection without a bias, of its own or tied. */
    void head(String path, long in, long out, boolean tied) {
        if (tied) {
            tiedOutput(path, in, out);
        } else {
            output(path, in, out, false);
        }
    }

    void embedding(String path, long entries, long size) {
        add(path, Kind.EMBEDDING, entries, size, Math.multiplyExact(entries, size));
    }

    /** A normalisation with a weight and a bias. */
    void layerNorm(String path, long size) {
        add(path, Kind.NORM, 0, size, 2 * size);
    }

    /** A normalisation with a weight alone. */
    void rmsNorm(String path, long size) {
        add(path, Kind.NORM, 0, size, size);
    }

    private static long linearSize(long in, long out, boolean bias) {
        return Math.addExact(Math.multiplyExact(in, out), bias ? out : 0);
    }

    private void add(String path, Kind kind, long in, long out, long parameters) {
        all.add(new ModuleShape(path, kind, in, out, parameters));
    }

    List<ModuleShape> all() {
        return List.copyOf(all);
    }
}
