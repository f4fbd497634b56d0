/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.regex.BoundedRegex;
import org.lora4j.core.regex.StepBudget;

/**
 * Finds the modules that a configuration selects, by PEFT's rules (check_target_module_exists and
 * _maybe_include_all_linear_layers of peft 0.21.2). Immutable; safe for use by any number of
 * threads.
 *
 * <p>For each path: what is excluded, or lies at or below a module to save, is out. A listed name
 * selects the path that equals it, whatever the layer, and the paths that end in it on a dot, if
 * their layer is wanted. A pattern must match the whole path. "all-linear" selects linear layers
 * but the output head; "all-layers", which PEFT does not have, other kinds too. A module to save is
 * every module whose path ends in a listed name, on a dot or not: "norm" selects "model.norm" and
 * "layers.0.input_layernorm" (_set_trainable of peft 0.21.2). Unlike in PEFT, a listed name that
 * selects nothing is an error, and so is a module that is both a target and, by an ending without a
 * dot, to be saved whole.
 */
public final class TargetMatcher {
    private final AdapterConfig config;

    private TargetMatcher(AdapterConfig config) {
        this.config = config;
    }

    /**
     * Returns a matcher for one configuration.
     *
     * @param config the configuration
     * @throws IllegalArgumentException if the configuration has no target modules: a model family's
     *     default must be filled in before
     */
    public static TargetMatcher of(AdapterConfig config) {
        if (config.selectsModules() && config.targets().kind() == TargetModules.Kind.UNSET) {
            throw new IllegalArgumentException(
                    "no target modules given and no default known for this model; name them with"
                            + " optTargetModules(\"query\", \"value\"), or ask for"
                            + " optTargetModules(\"all-linear\")");
        }
        return new TargetMatcher(config);
    }

    /**
     * Selects the modules to adapt in a model.
     *
     * @param all every module of the model, in its order
     * @throws IllegalArgumentException if a listed name or module to save selects nothing, or
     *     nothing is selected at all, unless unmatched targets are allowed; the message has near
     *     names and what to do. Also if a module is selected twice, as a target and as a module to
     *     save, or a pattern takes too many steps
     */
    public TargetMatch match(List<Candidate> all) {
        Run run = run(all);
        if (!run.selectedTwice.isEmpty()) {
            throw new IllegalArgumentException(MatchReport.selectedTwice(run.selectedTwice));
        }
        TargetMatch match = run.result(all);
        boolean selects = !config.selectsModules() || !match.adapted().isEmpty();
        boolean complete = match.unmatched().isEmpty() && selects;
        if (complete || config.targets().allowUnmatched()) {
            return match;
        }
        throw new IllegalArgumentException(MatchReport.refusal(config, match, all));
    }

    /**
     * Selects the modules that a file's configuration is for. Names that select nothing are no
     * errors; {@link TargetMatch#warnings} lists them.
     *
     * @param all every module of the model, in its order
     * @throws IllegalArgumentException if a pattern takes too many steps
     */
    public TargetMatch matchForLoading(List<Candidate> all) {
        return run(all).result(all);
    }

    /**
     * Returns a configuration whose targets select exactly some modules of a model, in words that
     * PEFT knows: their last names, their paths, or a pattern.
     *
     * @param config what else the configuration says
     * @param paths the modules
     * @param all every module of the model, in its order
     */
    public static LoraConfig exactly(LoraConfig config, List<String> paths, List<Candidate> all) {
        return (LoraConfig) exactly((AdapterConfig) config, paths, all);
    }

    /**
     * As {@link #exactly(LoraConfig, List, List)}, for a configuration of any method.
     *
     * @param config what else the configuration says
     * @param paths the modules
     * @param all every module of the model, in its order
     */
    public static AdapterConfig exactly(
            AdapterConfig config, List<String> paths, List<Candidate> all) {
        List<String> names = paths.stream().map(ModulePath::lastSegment).distinct().toList();
        for (List<String> targets : List.of(names, paths)) {
            AdapterConfig found = config.targeting(targets);
            if (of(found).matchForLoading(all).adapted().equals(paths)) {
                return found;
            }
        }
        String pattern =
                paths.stream()
                        .map(path -> path.replaceAll("\\W", "\\\\$0"))
                        .collect(Collectors.joining("|"));
        return config.targeting(List.of(TargetModules.REGEX_PREFIX + pattern));
    }

    private Run run(List<Candidate> all) {
        Run run = new Run(config, all.size());
        for (Candidate candidate : all) {
            if (!candidate.path().isEmpty()) {
                run.see(candidate);
            }
        }
        return run;
    }

    /** How many modules one listed name matched, by what became of them. */
    static final class Tally {
        int adapted;
        int excluded;
        int savedWhole;
        int otherLayer;
    }

    /** One pass over a model. */
    private static final class Run {
        private final AdapterConfig config;
        private final TargetModules targets;
        private final Map<String, Tally> tallies = new LinkedHashMap<>();
        private final Map<String, Integer> exclusions = new LinkedHashMap<>();
        private final Map<String, Set<String>> savedBy = new LinkedHashMap<>();
        private final @Nullable BoundedRegex include;
        private final @Nullable BoundedRegex exclude;
        private final LayerFilter layers;
        private final StepBudget includeBudget;
        private final StepBudget excludeBudget;
        private final StepBudget layerBudget;
        private final List<String> adapted = new ArrayList<>();
        private final Set<String> saved = new LinkedHashSet<>();
        private final Map<String, String> selectedTwice = new LinkedHashMap<>();

        Run(AdapterConfig config, int paths) {
            this.config = config;
            targets = config.targets();
            include = pattern("target modules", targets.kind(), targets.names());
            exclude = pattern("exclude modules", targets.excludeKind(), targets.exclude());
            layers = new LayerFilter(targets);
            includeBudget = StepBudget.forPaths(paths);
            excludeBudget = StepBudget.forPaths(paths);
            layerBudget = StepBudget.forPaths(paths);
            if (targets.kind().isWord()) {
                tallies.put(TargetModules.word(targets.kind()), new Tally());
            }
            targets.names().forEach(name -> tallies.put(name, new Tally()));
            targets.exclude().forEach(name -> exclusions.put(name, 0));
            config.modulesToSave().forEach(name -> savedBy.put(name, new LinkedHashSet<>()));
        }

        private static @Nullable BoundedRegex pattern(
                String what, TargetModules.Kind kind, List<String> names) {
            return kind == TargetModules.Kind.REGEX
                    ? BoundedRegex.compile(what, names.get(0))
                    : null;
        }

        void see(Candidate candidate) {
            String path = candidate.path();
            boolean excluded = exclude(path);
            Saving saving = saving(path);
            List<String> selecting = selecting(candidate);
            if (selecting.isEmpty()) {
                save(saving);
                return;
            }
            boolean savedWhole = saving != null && saving.onDot();
            boolean exact = targets.kind() != TargetModules.Kind.NAMES || tallies.containsKey(path);
            boolean inLayer = excluded || savedWhole || exact || layers.accepts(path, layerBudget);
            for (String name : selecting) {
                Tally tally = Objects.requireNonNull(tallies.get(name));
                if (excluded) {
                    tally.excluded++;
                } else if (savedWhole) {
                    tally.savedWhole++;
                } else if (!inLayer) {
                    tally.otherLayer++;
                } else {
                    tally.adapted++;
                }
            }
            boolean target = !excluded && !savedWhole && inLayer;
            if (target) {
                adapted.add(path);
            }
            if (target && saving != null) {
                selectedTwice.put(path, saving.names().get(0));
            } else {
                save(saving);
            }
        }

        /** Returns the listed names that match this module, before any filter. */
        private List<String> selecting(Candidate candidate) {
            String path = candidate.path();
            if (include != null) {
                return include.fullMatch(path, includeBudget) ? targets.names() : List.of();
            }
            if (targets.kind().isWord()) {
                boolean linear = targets.kind() == TargetModules.Kind.ALL_LINEAR;
                return (linear ? candidate.linear() : candidate.layer()) && !candidate.outputHead()
                        ? List.of(TargetModules.word(targets.kind()))
                        : List.of();
            }
            return endings(path, tallies);
        }

        private boolean exclude(String path) {
            List<String> by =
                    exclude == null
                            ? endings(path, exclusions)
                            : exclude.fullMatch(path, excludeBudget)
                                    ? targets.exclude()
                                    : List.<String>of();
            by.forEach(name -> exclusions.merge(name, 1, Integer::sum));
            return !by.isEmpty();
        }

        /**
         * Why a path is saved whole.
         *
         * @param root the outermost module to save that the path is or lies below
         * @param names the listed names that select it
         * @param onDot whether the path is no target for this reason: PEFT passes over targets in
         *     modules whose path ends in a listed name on a dot, and over no others
         */
        private record Saving(String root, List<String> names, boolean onDot) {}

        private @Nullable Saving saving(String path) {
            if (savedBy.isEmpty()) {
                return null;
            }
            boolean all = targets.kind().isWord();
            int end = 0;
            while (end >= 0) {
                end = path.indexOf('.', end + 1);
                String root = end < 0 ? path : path.substring(0, end);
                List<String> names = savedBy.keySet().stream().filter(root::endsWith).toList();
                if (!names.isEmpty()) {
                    // such a word is written as the names of what it adapts, so this is not one
                    return new Saving(root, names, all || isBelowOnDot(path));
                }
            }
            return null;
        }

        private boolean isBelowOnDot(String path) {
            for (String p = path; !p.isEmpty(); p = ModulePath.parent(p)) {
                if (!endings(p, savedBy).isEmpty()) {
                    return true;
                }
            }
            return false;
        }

        private void save(@Nullable Saving saving) {
            if (saving != null) {
                saved.add(saving.root());
                saving.names()
                        .forEach(
                                name ->
                                        Objects.requireNonNull(savedBy.get(name))
                                                .add(saving.root()));
            }
        }

        /** Returns the keys that equal the path or end it on a dot, by one look-up for each dot. */
        private static List<String> endings(String path, Map<String, ?> names) {
            List<String> found = new ArrayList<>();
            int start = 0;
            while (!names.isEmpty()) {
                String ending = path.substring(start);
                if (names.containsKey(ending)) {
                    found.add(ending);
                }
                int dot = path.indexOf('.', start);
                if (dot < 0) {
                    break;
                }
                start = dot + 1;
            }
            return found;
        }

        TargetMatch result(List<Candidate> all) {
            Map<String, Integer> hits = new LinkedHashMap<>();
            tallies.forEach((name, tally) -> hits.put(name, tally.adapted));
            Map<String, Integer> savedHits = new LinkedHashMap<>();
            savedBy.forEach((name, paths) -> savedHits.put(name, paths.size()));
            MatchReport report = new MatchReport(config, all, adapted);
            tallies.forEach(report::target);
            savedHits.forEach(report::toSave);
            exclusions.forEach(report::exclusion);
            targets.layersToTransform().forEach(layer -> report.layer(layer, layers.hasMet(layer)));
            report.patternKeys();
            report.share();
            return new TargetMatch(
                    adapted,
                    List.copyOf(saved),
                    hits,
                    savedHits,
                    report.unmatched(),
                    report.warnings());
        }
    }
}
