/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.nn.Parameter;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a tree that its adapters reach: which hosts forward passes have called, and which
 * modules adapters cannot enter.
 *
 * <p>A block may keep a layer where it cannot be replaced, such as in a lambda, and go on calling
 * the original. Its host is then listed and trains nothing. After the first training step a warning
 * names the hosts that no pass has called. Thread-safe.
 */
public final class AdapterCoverage {
    private static final Logger logger = LoggerFactory.getLogger(AdapterCoverage.class);

    private final LoraKernels kernels;
    private final List<WeakReference<Mark>> marks = new ArrayList<>();
    private final Map<String, String> closed = new TreeMap<>();
    private volatile boolean watching = true;
    private @Nullable Mark watched;
    private @Nullable Parameter parameter;
    private long version;

    AdapterCoverage(LoraKernels kernels) {
        this.kernels = kernels;
    }

    /** Whether one host was called. */
    public final class Mark {
        private final String path;
        private final Collection<Parameter> parameters;
        private volatile boolean called;

        private Mark(String path, Collection<Parameter> parameters) {
            this.path = path;
            this.parameters = parameters;
        }

        /** Records a call; the host calls this at the beginning of each run. */
        public void call(boolean training) {
            if (!called) {
                called = true;
            }
            if (training && watching) {
                watch(this);
            }
        }

        public boolean isCalled() {
            return called;
        }
    }

    /**
     * Returns a new mark for a host.
     *
     * @param path the host's path
     * @param parameters the host's own collection of adapter parameters, which changes with them
     */
    public synchronized Mark mark(String path, Collection<Parameter> parameters) {
        Mark mark = new Mark(path, parameters);
        marks.removeIf(reference -> reference.get() == null);
        marks.add(new WeakReference<>(mark));
        return mark;
    }

    /**
     * Checks whether a parameter of one host has changed since its first pass: then a step was
     * taken.
     */
    private synchronized void watch(Mark mark) {
        if (watched == null) {
            Parameter first =
                    mark.parameters.stream()
                            .filter(each -> each.requiresGradient() && each.isInitialized())
                            .findFirst()
                            .orElse(null);
            if (first != null) {
                watched = mark;
                parameter = first;
                version = version(first);
            }
        } else if (mark == watched && parameter != null) {
            if (!parameter.isInitialized()) {
                watched = null; // its adapter is gone
            } else if (version(parameter) != version) {
                watching = false;
                List<String> never = neverCalled();
                if (!never.isEmpty()) {
                    logger.warn(
                            "the first training step did not call {}: what their adapters hold"
                                    + " does not train. Their blocks keep the original layers where"
                                    + " they cannot be replaced, such as in a lambda, or this pass"
                                    + " did not need them",
                            never);
                }
            }
        }
    }

    private long version(Parameter each) {
        return kernels.version(each.getArray(), each.getArray());
    }

    /**
     * Returns the paths of the hosts that carry adapters and were never called. Empty until a host
     * of the tree has been called.
     */
    public synchronized List<String> neverCalled() {
        List<Mark> all =
                marks.stream()
                        .flatMap(reference -> Stream.ofNullable(reference.get()))
                        .filter(mark -> !mark.parameters.isEmpty())
                        .toList();
        if (all.stream().noneMatch(mark -> mark.called)) {
            return List.of();
        }
        return all.stream().filter(mark -> !mark.called).map(mark -> mark.path).distinct().toList();
    }

    /**
     * Records a module that adapters cannot enter.
     *
     * @param path its path
     * @param what a description of it, such as "a module of its engine's own"
     */
    public synchronized void close(String path, String what) {
        closed.put(path, what);
    }

    /** Returns the descriptions of the modules that adapters cannot enter, by path. */
    public synchronized Map<String, String> closed() {
        return Collections.unmodifiableMap(new TreeMap<>(closed));
    }
}
