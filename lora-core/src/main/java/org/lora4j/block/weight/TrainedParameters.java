/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which parameters of a tree train, with its adapters and before it had any.
 *
 * <p>DJL's newTrainer unfreezes every parameter of a model that was loaded from a file. A tree that
 * is found with all of its parameters unfrozen is put back into the state that was last remembered:
 * when the Trainer is initialised, or at the latest in the first training pass. Parameters that
 * someone unfreezes one by one stay as they are. Thread-safe.
 */
public final class TrainedParameters {
    private static final Logger logger = LoggerFactory.getLogger(TrainedParameters.class);

    private final IdentityHashMap<Parameter, State> before = new IdentityHashMap<>();
    private final IdentityHashMap<Parameter, Boolean> kept = new IdentityHashMap<>();

    /**
     * A parameter before it was adapted.
     *
     * @param trains whether it was to train
     * @param records whether its array asked for gradients
     */
    private record State(boolean trains, boolean records) {}

    /**
     * Remembers which parameters train, for {@link #giveBack}; those that are remembered already
     * are left out.
     *
     * @param root a tree that is about to be adapted
     */
    public synchronized void remember(Block root) {
        Set<Parameter> present = Collections.newSetFromMap(new IdentityHashMap<>());
        present.addAll(root.getParameters().values());
        before.keySet().removeIf(parameter -> !present.contains(parameter)); // adapters that left
        for (Parameter parameter : root.getParameters().values()) {
            if (isUsable(parameter)) {
                before.putIfAbsent(
                        parameter,
                        new State(
                                parameter.requiresGradient(), parameter.getArray().hasGradient()));
            }
        }
    }

    /**
     * Remembers a plain block's parameters as those of the block that it replaces.
     *
     * @param base the block that was adapted
     * @param plain what takes its place for good
     */
    public synchronized void inherit(Block base, Block plain) {
        Map<String, Parameter> originals = BlockWeights.direct(base);
        BlockWeights.direct(plain)
                .forEach(
                        (name, parameter) -> {
                            Parameter original = originals.get(name);
                            State state = original == null ? null : before.get(original);
                            if (state != null) {
                                before.put(parameter, state);
                            }
                        });
    }

    /**
     * Unfreezes the parameters that trained before the tree was adapted.
     *
     * @param root the tree, which has no adapters any more
     */
    public synchronized void giveBack(Block root) {
        for (Parameter parameter : root.getParameters().values()) {
            State state = before.get(parameter);
            if (state != null && state.trains && isUsable(parameter)) {
                parameter.freeze(false);
                parameter.getArray().setRequiresGradient(state.records);
            }
        }
        before.clear();
        kept.clear();
    }

    /**
     * Remembers which parameters train now.
     *
     * @param root the tree
     */
    public synchronized void keep(Block root) {
        kept.clear();
        for (Parameter parameter : root.getParameters().values()) {
            kept.put(parameter, parameter.requiresGradient());
        }
    }

    /** Remembers which of the known parameters train now, such as before a file is loaded. */
    public synchronized void keep() {
        if (!isUnfrozen()) {
            kept.replaceAll((parameter, trains) -> parameter.requiresGradient());
        }
    }

    /** Puts a tree that was unfrozen as a whole back into the state that was kept. */
    public synchronized void restore() {
        if (kept.isEmpty() || !kept.containsValue(false) || !isUnfrozen()) {
            return;
        }
        kept.forEach(
                (parameter, trains) -> {
                    if (!trains && parameter.requiresGradient()) {
                        parameter.freeze(true);
                    }
                });
        if (!kept.containsValue(true)) {
            logger.warn(
                    "no adapter of this model trains: one that was loaded is frozen until"
                        + " Lora.markOnlyLoraAsTrainable is called, before the Trainer is made");
        }
    }

    /** Returns whether every parameter trains but statistics, which DJL never unfreezes. */
    private boolean isUnfrozen() {
        boolean some = false;
        for (Map.Entry<Parameter, Boolean> entry : kept.entrySet()) {
            Parameter parameter = entry.getKey();
            if (!BlockWeights.isStatistic(parameter) && parameter.isInitialized()) {
                if (!parameter.requiresGradient()) {
                    return false;
                }
                some |= !entry.getValue();
            }
        }
        return some;
    }

    /** Whether a parameter has an array that can train. */
    private static boolean isUsable(Parameter parameter) {
        return parameter.isInitialized()
                && !parameter.getArray().isReleased()
                && parameter.getArray().getDataType().isFloating();
    }
}
