/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.core.Candidate;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.script.ScriptFacts.LinearLayer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes the configuration of an adapter of a classifier: targets where none were named, and the
 * head, which trains whole as in native models and in PEFT's sequence classification.
 */
final class ScriptTargets {
    private static final Logger logger = LoggerFactory.getLogger(ScriptTargets.class);

    private final ScriptFacts facts;
    private final List<Candidate> candidates;

    /**
     * Takes what is known of a script.
     *
     * @param candidates its modules, by the names that an adapter has for them
     */
    ScriptTargets(ScriptFacts facts, List<Candidate> candidates) {
        this.facts = facts;
        this.candidates = candidates;
    }

    /**
     * Completes a configuration.
     *
     * @param outputs the rows of the head's last layer
     */
    LoraConfig complete(LoraConfig config, int outputs) {
        LoraConfig targeted =
                config.targets().kind() == TargetModules.Kind.UNSET ? withTargets(config) : config;
        LinearLayer last = facts.lastLinear(outputs);
        if (last == null) {
            logger.warn(
                    "the script has no layer of {} outputs that could train whole: its head stays"
                            + " as it was exported unless it is among the target modules",
                    outputs);
            return targeted;
        }
        return withHead(targeted, last.path());
    }

    private LoraConfig withTargets(LoraConfig config) {
        List<String> targets = new ArrayList<>();
        ModelFamilies.find(facts.family().replace('_', '-'))
                .filter(EncoderFamily.class::isInstance)
                .ifPresent(family -> targets.addAll(family.names().defaultTargets()));
        targets.removeIf(name -> candidates.stream().noneMatch(c -> endsWith(c.path(), name)));
        if (targets.isEmpty()) {
            targets.add(TargetModules.ALL_LINEAR);
        }
        return config.toBuilder().optTargetModules(targets).build();
    }

    private LoraConfig withHead(LoraConfig config, String lastInScript) {
        String last = named(lastInScript);
        LoraConfigBuilder builder = config.toBuilder();
        if (config.targets().kind().isWord()
                && config.targets().excludeKind() != TargetModules.Kind.REGEX) {
            Set<String> excluded = new TreeSet<>(config.targets().exclude());
            excluded.add(last);
            builder.optExcludeModules(excluded);
        }
        Set<String> adapted =
                new TreeSet<>(TargetMatcher.of(builder.build()).match(candidates).adapted());
        if (adapted.contains(last)) {
            return config;
        }
        String head = last;
        String inScript = lastInScript;
        while (isHead(parent(inScript), parent(head), adapted)) {
            inScript = parent(inScript);
            head = parent(head);
        }
        for (String name : config.modulesToSave()) {
            for (String path = last; !path.isEmpty(); path = ModulePath.parent(path)) {
                if (path.endsWith(name)) {
                    return builder.build();
                }
            }
        }
        List<String> saved = new ArrayList<>(config.modulesToSave());
        saved.add(head);
        return builder.optModulesToSave(saved).build();
    }

    /** Returns whether a module is no more than the head: nothing is looked up or adapted in it. */
    private boolean isHead(String inScript, String path, Set<String> adapted) {
        return !path.isEmpty()
                && facts.tables().stream().noneMatch(t -> t.startsWith(inScript + "."))
                && adapted.stream().noneMatch(a -> a.startsWith(path + "."));
    }

    private static String parent(String path) {
        return path.isEmpty() ? "" : ModulePath.parent(path);
    }

    /** Returns the name that an adapter has for a module: its path without wrappers before it. */
    private String named(String inScript) {
        String name = "";
        for (Candidate candidate : candidates) {
            if (endsWith(inScript, candidate.path()) && candidate.path().length() > name.length()) {
                name = candidate.path();
            }
        }
        return name;
    }

    private static boolean endsWith(String path, String end) {
        return !end.isEmpty() && (path.equals(end) || path.endsWith("." + end));
    }
}
