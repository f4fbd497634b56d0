/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.provenance;

import java.util.List;

/**
 * What became of the files of a manifest.
 *
 * @param findings one for each file
 */
public record Verification(List<Finding> findings) {
    /** What became of a file. */
    public enum State {
        /** It holds what it held. */
        SAME,
        /** It holds something else. */
        CHANGED,
        /** It is gone from the adapter's directory. */
        MISSING,
        /** It is read with the adapter, and the manifest does not list it. */
        ADDED,
        /** It is not where it was, such as data on another machine, and was not compared. */
        NOT_HERE
    }

    /**
     * A file.
     *
     * @param part what it belongs to: "adapter", or the name of a source
     * @param file its name
     * @param state what became of it
     */
    public record Finding(String part, String file, State state) {}

    /** Copies the list. */
    public Verification {
        findings = List.copyOf(findings);
    }

    /** Returns the files that are changed, missing or added. */
    public List<Finding> faults() {
        return findings.stream()
                .filter(f -> f.state() != State.SAME && f.state() != State.NOT_HERE)
                .toList();
    }

    /** Returns whether no file is changed, missing or added. */
    public boolean isSound() {
        return faults().isEmpty();
    }
}
