/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.lora4j.core.regex.StepBudget;

/** Describes in words which parts of a configuration have no effect on a model. */
final class MatchReport {
    private static final int NEAR = 5;
    private static final int ENDINGS = 12;

    private final AdapterConfig config;
    private final List<Candidate> all;
    private final List<String> adapted;
    private final List<UnmatchedName> unmatched = new ArrayList<>();
    private final List<String> idle = new ArrayList<>();

    MatchReport(AdapterConfig config, List<Candidate> all, List<String> adapted) {
        this.config = config;
        this.all = all;
        this.adapted = adapted;
    }

    void target(String name, TargetMatcher.Tally tally) {
        if (tally.adapted > 0) {
            return;
        }
        List<String> taken = new ArrayList<>();
        if (tally.excluded > 0) {
            taken.add(tally.excluded + " excluded by exclude modules");
        }
        if (tally.savedWhole > 0) {
            taken.add(tally.savedWhole + " in modules to save");
        }
        if (tally.otherLayer > 0) {
            List<Integer> wanted = config.targets().layersToTransform();
            taken.add(tally.otherLayer + " not in layers to transform " + wanted);
        }
        String field = "target modules";
        if (!taken.isEmpty()) {
            String reason = "selects no module: " + String.join(", ", taken);
            unmatched.add(new UnmatchedName(field, name, reason, List.of()));
            return;
        }
        boolean listed = config.targets().kind() == TargetModules.Kind.NAMES;
        String reason = "matches nothing";
        if (config.targets().kind() == TargetModules.Kind.ALL_LINEAR && layers() > 0) {
            reason += "; \"all-layers\" selects layers of other kinds (%d)".formatted(layers());
        }
        if (listed && looksLikePattern(name)) {
            reason += " (a listed name is plain text; a pattern is the one entry \"regex:...\")";
        }
        unmatched.add(new UnmatchedName(field, name, reason, listed ? near(name) : List.of()));
    }

    void toSave(String name, int hits) {
        if (hits == 0) {
            unmatched.add(
                    new UnmatchedName("modules to save", name, "matches nothing", near(name)));
        }
    }

    void exclusion(String name, int hits) {
        if (hits == 0) {
            idle.add("exclude modules: \"" + name + "\" excludes nothing");
        }
    }

    void layer(int layer, boolean met) {
        if (!met) {
            idle.add("layers to transform: no target module is in layer " + layer);
        }
    }

    /** Finds the rank and alpha patterns that decide for no adapted module. */
    void patternKeys() {
        // a key may decide for a parameter, which is no module
        if (config instanceof LoraConfig lora && lora.targetParameters().isEmpty()) {
            patternKeys("rank pattern", lora.rankPattern().keySet());
            patternKeys("alpha pattern", lora.alphaPattern().keySet());
        }
    }

    private void patternKeys(String what, Collection<String> keys) {
        Set<String> open = new LinkedHashSet<>(keys);
        StepBudget budget = StepBudget.forPaths(adapted.size() + keys.size());
        for (String path : adapted) {
            for (String key : keys) {
                if (PatternKey.matches(what, key, path, budget)) {
                    open.remove(key);
                    break;
                }
            }
            open.remove(path);
        }
        open.forEach(key -> idle.add(what + ": \"" + key + "\" decides for no adapted module"));
    }

    /** Finds whether "all-linear" leaves most of the model's layers as they are. */
    void share() {
        long layers = layers();
        int count = adapted.size();
        if (config.targets().kind() == TargetModules.Kind.ALL_LINEAR
                && count > 0
                && 2L * count < layers) {
            idle.add(
                    ("target modules: \"all-linear\" adapts %d of the %d layers here (%s); the"
                                    + " others are not linear, and \"all-layers\" adapts them too")
                            .formatted(count, layers, some(adapted)));
        }
    }

    private long layers() {
        return all.stream().filter(c -> c.layer() && !c.path().isEmpty()).count();
    }

    private static String some(List<String> paths) {
        return String.join(", ", paths.subList(0, Math.min(NEAR, paths.size())))
                + (paths.size() > NEAR ? ", ..." : "");
    }

    List<UnmatchedName> unmatched() {
        return unmatched;
    }

    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        unmatched.forEach(name -> warnings.add(name.describe()));
        warnings.addAll(idle);
        return warnings;
    }

    /** Returns the message for modules that are both targets and to be saved whole. */
    static String selectedTwice(Map<String, String> names) {
        Map.Entry<String, String> first = names.entrySet().iterator().next();
        String others = names.size() == 1 ? "" : "; so are " + (names.size() - 1) + " others";
        return ("modules to save: \"%s\" ends the path %s, which is also a target module%s. A"
                    + " listed name selects every module whose path ends in it; write more of the"
                    + " path, or leave these modules out of the targets")
                .formatted(first.getValue(), first.getKey(), others);
    }

    /** The message for a configuration that cannot be used to adapt this model. */
    static String refusal(AdapterConfig config, TargetMatch match, List<Candidate> all) {
        StringBuilder message = new StringBuilder();
        if (match.adapted().isEmpty()) {
            message.append("no module of this model is selected\n");
        }
        match.warnings().forEach(warning -> message.append(warning).append('\n'));
        message.append("modules here end in: ").append(endings(all)).append('\n');
        message.append(
                config.targets().kind() == TargetModules.Kind.NAMES
                        ? "correct or drop these names, or accept them with"
                                + " optAllowUnmatchedTargets(true)"
                        : "correct the selection, or accept it with"
                                + " optAllowUnmatchedTargets(true)");
        return message.toString();
    }

    /** The commonest last names of linear layers (of all modules, if none is linear). */
    private static String endings(List<Candidate> all) {
        boolean linear = all.stream().anyMatch(Candidate::linear);
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Candidate candidate : all) {
            if (!candidate.path().isEmpty() && (candidate.linear() || !linear)) {
                counts.merge(ModulePath.lastSegment(candidate.path()), 1, Integer::sum);
            }
        }
        String list =
                counts.entrySet().stream()
                        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                        .limit(ENDINGS)
                        .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                        .collect(Collectors.joining(", "));
        return counts.size() > ENDINGS ? list + ", ..." : list;
    }

    /** Near endings of as many segments as the name has, rather than a dozen full paths. */
    private List<String> near(String name) {
        int dots = looksLikePattern(name) ? 0 : (int) name.chars().filter(c -> c == '.').count();
        Set<String> endings = new LinkedHashSet<>();
        for (Candidate candidate : all) {
            String path = candidate.path();
            int start = path.length();
            for (int i = 0; i <= dots && start >= 0; i++) {
                start = path.lastIndexOf('.', start - 1);
            }
            if (!path.isEmpty()) {
                endings.add(path.substring(start + 1));
            }
        }
        return NearNames.closest(name, endings, NEAR);
    }

    private static boolean looksLikePattern(String name) {
        return name.chars().anyMatch(c -> "*+?()[]{}|^$\\".indexOf(c) >= 0);
    }
}
