/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.lora4j.core.regex.BoundedRegex;
import org.lora4j.core.regex.StepBudget;

/**
 * (IA)³, "Infused Adapter by Inhibiting and Amplifying Inner Activations" (Liu et al. 2022,
 * arXiv:2205.05638): each adapted layer has one trained vector l, which begins as ones. Of a
 * feedforward module it rescales the input, y = f(l ∘ x); of others the output, y = l ∘ f(x), bias
 * included. The fields follow PEFT's IA3Config. Immutable.
 *
 * @param targets which modules are adapted; unset, a model family uses PEFT's default
 * @param feedforwardKind how the feedforward modules are given: {@link TargetModules.Kind#UNSET}
 *     (with the targets, the family's default), {@link TargetModules.Kind#NAMES} or {@link
 *     TargetModules.Kind#REGEX}
 * @param feedforward endings of paths, on a dot or not; or one Python pattern for whole paths
 * @param modulesToSave names of modules that train whole and are saved whole
 */
public record Ia3Config(
        TargetModules targets,
        TargetModules.Kind feedforwardKind,
        List<String> feedforward,
        List<String> modulesToSave)
        implements AdapterConfig {
    /**
     * Copies the lists and checks the values.
     *
     * @throws IllegalArgumentException if a name is empty, a pattern is broken, or a listed
     *     feedforward module is none of the listed target modules, which PEFT refuses
     */
    public Ia3Config {
        feedforward = List.copyOf(feedforward);
        modulesToSave = List.copyOf(modulesToSave);
        TargetModules.checkNotEmpty("modules to save", modulesToSave);
        TargetModules.checkNotEmpty("feedforward modules", feedforward);
        if (feedforwardKind.isWord()) {
            throw new IllegalArgumentException(
                    "feedforward modules: expected names or one pattern, found " + feedforwardKind);
        }
        if (feedforwardKind == TargetModules.Kind.REGEX) {
            BoundedRegex.compile("feedforward modules", feedforward.get(0));
        }
        if (feedforwardKind == TargetModules.Kind.NAMES
                && targets.kind() == TargetModules.Kind.NAMES
                && !targets.names().containsAll(feedforward)) {
            throw new IllegalArgumentException(
                    "feedforward modules %s: expected some of the target modules %s"
                            .formatted(feedforward, targets.names()));
        }
    }

    /** Returns a builder; nothing is required where a model family has defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that begins with every value of this configuration. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.targets = targets;
        builder.kind = feedforwardKind;
        builder.feedforward = feedforward;
        builder.modulesToSave = modulesToSave;
        return builder;
    }

    @Override
    public String peftType() {
        return "IA3";
    }

    @Override
    public Ia3Config selecting(TargetModules which, List<String> whole) {
        return new Ia3Config(which, feedforwardKind, feedforward, whole);
    }

    /**
     * Returns whether the vector of a module rescales its input.
     *
     * @param path the module's path
     * @throws IllegalArgumentException if matching the pattern takes too many steps
     */
    public boolean isFeedforward(String path) {
        if (feedforwardKind == TargetModules.Kind.REGEX) {
            return BoundedRegex.compile("feedforward modules", feedforward.get(0))
                    .fullMatch(path, StepBudget.forPaths(1));
        }
        return feedforward.stream().anyMatch(path::endsWith);
    }

    /** Collects the values of an {@link Ia3Config}. Not safe for use by several threads at once. */
    public static final class Builder {
        private TargetModules targets = TargetModules.unset();
        private TargetModules.Kind kind = TargetModules.Kind.UNSET;
        private List<String> feedforward = List.of();
        private List<String> modulesToSave = List.of();

        private Builder() {}

        /**
         * Sets everything about which modules are adapted at once.
         *
         * @param value the selection
         * @return this
         */
        public Builder optTargets(TargetModules value) {
            targets = value;
            return this;
        }

        /**
         * Sets the modules to adapt.
         *
         * @param entries as for {@link LoraConfigBuilder#optTargetModules(String...)}
         * @return this
         * @throws IllegalArgumentException if a pattern or one of the words stands beside other
         *     entries
         */
        public Builder optTargetModules(String... entries) {
            return optTargetModules(Arrays.asList(entries));
        }

        /**
         * Sets the modules to adapt.
         *
         * @param entries as for {@link LoraConfigBuilder#optTargetModules(String...)}
         * @return this
         * @throws IllegalArgumentException if a pattern or one of the words stands beside other
         *     entries
         */
        public Builder optTargetModules(Collection<String> entries) {
            targets = LoraConfig.builder().optTargetModules(entries).build().targets();
            return this;
        }

        /**
         * Sets which of the adapted modules have their input rescaled rather than their output.
         *
         * @param entries endings of paths, or one entry "regex:..." with a Python pattern for whole
         *     paths; none means no module
         * @return this
         * @throws IllegalArgumentException if a pattern stands beside other entries
         */
        public Builder optFeedforwardModules(String... entries) {
            return optFeedforwardModules(Arrays.asList(entries));
        }

        /**
         * Sets which of the adapted modules have their input rescaled rather than their output.
         *
         * @param entries as for {@link #optFeedforwardModules(String...)}
         * @return this
         * @throws IllegalArgumentException if a pattern stands beside other entries
         */
        public Builder optFeedforwardModules(Collection<String> entries) {
            List<String> list = List.copyOf(entries);
            kind =
                    list.isEmpty()
                            ? TargetModules.Kind.NAMES
                            : TargetModules.kindOf("feedforward modules", list);
            feedforward = TargetModules.bare(kind, list);
            return this;
        }

        /**
         * Sets the modules that train whole and are saved whole.
         *
         * @param names as for {@link LoraConfigBuilder#optModulesToSave(String...)}
         * @return this
         */
        public Builder optModulesToSave(String... names) {
            return optModulesToSave(Arrays.asList(names));
        }

        /**
         * Sets the modules that train whole and are saved whole.
         *
         * @param names as for {@link LoraConfigBuilder#optModulesToSave(String...)}
         * @return this
         */
        public Builder optModulesToSave(Collection<String> names) {
            modulesToSave = List.copyOf(names);
            return this;
        }

        /**
         * Checks the values together and makes the configuration.
         *
         * @return the configuration
         * @throws IllegalArgumentException if a value is out of range: see {@link Ia3Config}
         */
        public Ia3Config build() {
            return new Ia3Config(targets, kind, feedforward, modulesToSave);
        }
    }
}
