/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import java.util.List;

/**
 * The names that a load did not find or not use.
 *
 * @param missing names that the tree has and the state does not
 * @param unexpected names that the state has and the tree does not
 */
public record LoadReport(List<String> missing, List<String> unexpected) {
    /** Copies the lists. */
    public LoadReport {
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
    }

    /** Returns whether every name of the tree was read and every name of the state was used. */
    public boolean isComplete() {
        return missing.isEmpty() && unexpected.isEmpty();
    }
}
