/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.sweep;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Map.Entry;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Words;
import org.lora4j.train.joint.JointTrainer;

/** Tells every few seconds how far a sweep is. */
final class SweepProgress {
    private static final long NANOS_BETWEEN = 10_000_000_000L;

    private final int adapters;
    private final Console console;
    private final long start = System.nanoTime();
    private final Map<String, Double> losses = new LinkedHashMap<>();
    private long last = System.nanoTime();

    SweepProgress(int adapters, Console console) {
        this.adapters = adapters;
        this.console = console;
    }

    /** Tells of a step of one adapter, once all of the others have had theirs. */
    void tell(String name, JointTrainer.Step step) {
        losses.put(name, step.loss());
        long now = System.nanoTime();
        if (losses.size() < adapters || now - last < NANOS_BETWEEN) {
            return;
        }
        last = now;
        Entry<String, Double> least = null;
        Entry<String, Double> most = null;
        for (Entry<String, Double> loss : losses.entrySet()) {
            least = least == null || loss.getValue() < least.getValue() ? loss : least;
            most = most == null || loss.getValue() > most.getValue() ? loss : most;
        }
        if (least == null || most == null) {
            return;
        }
        double seconds = (now - start) / 1e9;
        console.note(
                "step %,d/%,d: losses %.4f (%s) to %.4f (%s), %s left",
                step.number(),
                step.of(),
                least.getValue(),
                least.getKey(),
                most.getValue(),
                most.getKey(),
                Words.duration(seconds * (step.of() - step.number()) / step.number()));
    }
}
