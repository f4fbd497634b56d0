/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Two threads that run a model while its owner changes it, and what they got. */
final class Serving {
    private static final double ROUNDING = 1e-5;
    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private final Map<String, float[]> known = new TreeMap<>();

    /** Runs the model once. */
    interface Run {
        float[] run() throws Exception;
    }

    /** Changes the model for the n-th time. */
    interface Change {
        void make(int number) throws Exception;
    }

    /** Names an answer that threads may get. */
    Serving expect(String name, float[] answer) {
        known.forEach(
                (other, values) ->
                        assertThat(Golden.farthest(values, answer))
                                .as("%s is told from %s", name, other)
                                .isGreaterThan(100 * ROUNDING));
        known.put(name, answer);
        return this;
    }

    /** Changes the model while the threads run it; returns how often each answer was got. */
    Map<String, Integer> during(Change change, Run run) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService pool = Executors.newFixedThreadPool(2);
        List<Future<Map<String, Integer>>> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            readers.add(pool.submit(() -> readUntil(done, run)));
        }
        Map<String, Integer> all = new TreeMap<>();
        try {
            long end = System.nanoTime() + NANOS;
            for (int i = 0; i < 4 || System.nanoTime() < end; i++) {
                change.make(i);
                Thread.sleep(0, 300_000);
            }
        } finally {
            done.set(true);
            pool.shutdown();
            for (Future<Map<String, Integer>> reader : readers) {
                reader.get().forEach((name, count) -> all.merge(name, count, Integer::sum));
            }
        }
        return all;
    }

    private Map<String, Integer> readUntil(AtomicBoolean done, Run run) {
        Map<String, Integer> seen = new TreeMap<>();
        while (!done.get()) {
            seen.merge(answer(run), 1, Integer::sum);
        }
        return seen;
    }

    private String answer(Run run) {
        try {
            float[] found = run.run();
            return known.entrySet().stream()
                    .filter(entry -> Golden.farthest(entry.getValue(), found) < ROUNDING)
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse("none of them");
        } catch (Exception e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
