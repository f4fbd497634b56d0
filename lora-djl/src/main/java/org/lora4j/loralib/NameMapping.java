/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How a checkpoint's names become those of the model that PEFT wraps: one prefix taken off all of
 * them, another put on, the same for every module.
 *
 * <p>The base model's file may lack the first segment that the model has in memory (a BertModel's
 * file says {@code encoder...}, a classifier's modules {@code bert.encoder...}): names keep it
 * then, and {@link #stored} finds them in the file.
 *
 * @param strip what wrappers of a training put before every name, such as "module."
 * @param add what the checkpoint's names lack
 * @param headless what the base model's own file lacks, or ""
 */
record NameMapping(String strip, String add, String headless) {
    static final NameMapping NONE = new NameMapping("", "", "");

    /** DistributedDataParallel, torch.compile and Lightning put these before every name. */
    private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "model.");

    private static final int MAX_WRAPPERS = 3;

    /**
     * What transformers' models with a head put before the names of the bare model
     * (base_model_prefix of its classes). A wrapper's own attribute is none of them, and no PEFT
     * model would have such names.
     */
    private static final Set<String> BASE_PREFIXES =
            Set.of(
                    ("model transformer bert roberta distilbert electra albert deberta mpnet"
                         + " gpt_neox longformer convbert ernie mobilebert nystromformer rembert"
                         + " layoutlm fnet funnel luke splinter tapas yoso biogpt rwkv backbone vit"
                         + " wav2vec2 hubert")
                            .split(" "));

    /** The path in the model. */
    String apply(String name) {
        return name.startsWith(strip) ? add + name.substring(strip.length()) : name;
    }

    /** The path in the base model's file of a path in the model. */
    String stored(String path) {
        return path.startsWith(headless) ? path.substring(headless.length()) : path;
    }

    /** The mapping under which every module is in the base model, if there is one alone. */
    static Optional<NameMapping> find(Collection<String> modules, Set<String> known) {
        List<String> strips = strips(modules);
        return strips.stream()
                .map(strip -> new NameMapping(strip, "", ""))
                .filter(mapping -> mapping.fits(modules, known))
                .findFirst()
                .or(() -> strips.stream().flatMap(s -> headless(s, modules, known)).findFirst())
                .or(() -> strips.stream().flatMap(s -> longer(s, modules, known)).findFirst());
    }

    /** The names, where the file has them without a first segment that a model's own is. */
    private static Stream<NameMapping> headless(
            String strip, Collection<String> modules, Set<String> known) {
        String first = modules.iterator().next().substring(strip.length());
        int dot = first.indexOf('.');
        String head = first.substring(0, dot + 1);
        return dot > 0
                        && BASE_PREFIXES.contains(first.substring(0, dot))
                        && new NameMapping(strip + head, "", "").fits(modules, known)
                ? Stream.of(new NameMapping(strip, "", head))
                : Stream.empty();
    }

    /** The names with a prefix before them, where one alone fits. */
    private static Stream<NameMapping> longer(
            String strip, Collection<String> modules, Set<String> known) {
        String first = modules.iterator().next().substring(strip.length());
        List<NameMapping> found =
                known.stream()
                        .filter(path -> path.endsWith("." + first))
                        .map(path -> path.substring(0, path.length() - first.length()))
                        .map(prefix -> new NameMapping(strip, prefix, ""))
                        .filter(mapping -> mapping.fits(modules, known))
                        .toList();
        return found.size() == 1 ? found.stream() : Stream.empty();
    }

    private boolean fits(Collection<String> modules, Set<String> known) {
        return modules.stream().allMatch(m -> m.startsWith(strip) && known.contains(apply(m)));
    }

    /** Nothing, and every run of wrappers that all names begin with. */
    private static List<String> strips(Collection<String> modules) {
        Set<String> strips = new LinkedHashSet<>(List.of(""));
        for (int i = 0; i < MAX_WRAPPERS; i++) {
            for (String shorter : List.copyOf(strips)) {
                for (String wrapper : WRAPPERS) {
                    String strip = shorter + wrapper;
                    if (modules.stream()
                            .allMatch(m -> m.startsWith(strip) && m.length() > strip.length())) {
                        strips.add(strip);
                    }
                }
            }
        }
        return List.copyOf(strips);
    }
}
