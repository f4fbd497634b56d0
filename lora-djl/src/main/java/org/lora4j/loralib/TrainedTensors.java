/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.Bias;
import org.lora4j.core.ModulePath;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.WeightFiles;

/**
 * What a checkpoint holds beside A and B: trained biases, modules trained whole (a classifier), and
 * base weights, which are left out.
 *
 * <p>A file with base weights of adapted modules is a whole model's. Which of its tensors were
 * trained is seen by comparing with the base model, or asked for. A file without them holds only
 * what someone chose to save, so all of it counts as trained.
 */
final class TrainedTensors {
    private static final String BIAS = ".bias";

    private final ConversionRequest request;
    private final UndecidedCheckpointException.Collector questions;
    private final NameMapping mapping;
    private final @Nullable WeightFiles base;
    private final Set<String> adapted;

    /** Tensors by their names in the model. */
    private final Map<String, LazyTensor> biases = new TreeMap<>();

    private final Map<String, LazyTensor> saved = new TreeMap<>();
    private final Set<String> savedModules = new TreeSet<>();
    private final List<String> warnings = new ArrayList<>();
    private Bias bias = Bias.NONE;
    private int dropped;

    TrainedTensors(
            ConversionRequest request,
            UndecidedCheckpointException.Collector questions,
            NameMapping mapping,
            @Nullable WeightFiles base,
            Set<String> adapted) {
        this.request = request;
        this.questions = questions;
        this.mapping = mapping;
        this.base = base;
        this.adapted = adapted;
    }

    void sort(LoralibCheckpoint checkpoint) throws IOException {
        Map<String, LazyTensor> rest = new LinkedHashMap<>();
        boolean whole = false;
        for (Map.Entry<String, LazyTensor> entry : checkpoint.tensors().entrySet()) {
            String name = mapping.apply(entry.getKey());
            if (name.endsWith(".lora_A") || name.endsWith(".lora_B")) {
                continue;
            }
            if (isBaseWeight(name)) {
                whole = true;
                dropped++;
                warnIfMerged(name, entry.getValue());
            } else if (!entry.getValue().dtype().isFloating() || isBuffer(name, entry.getValue())) {
                dropped++;
            } else {
                rest.put(name, entry.getValue());
            }
        }
        boolean told = request.modulesToSave() != null && request.bias() != null;
        if (whole && base == null && !told && !rest.isEmpty()) {
            questions.ask(
                    "--modules-to-save",
                    ("the file holds a whole model (%d tensors beside the adapted layers) and does"
                                    + " not tell which of them were trained: give --model DIR to"
                                    + " compare with the base, or --modules-to-save NAMES|none and"
                                    + " --bias none|all|lora-only")
                            .formatted(rest.size()));
            return;
        }
        Map<String, LazyTensor> trained = changed(rest, whole);
        if (request.modulesToSave() != null) {
            takeNamed(trained, rest, request.modulesToSave());
        } else {
            takeModules(trained);
        }
        takeBiases(trained);
        dropped += rest.size() - saved.size() - biases.size();
    }

    private boolean isBaseWeight(String name) {
        for (String suffix : List.of(".weight", ".conv.weight", ".conv.bias")) {
            if (name.endsWith(suffix)
                    && adapted.contains(name.substring(0, name.length() - suffix.length()))) {
                return true;
            }
        }
        return false;
    }

    /** loralib's names take buffers along: GPT-2's causal mask is called bias. */
    private static boolean isBuffer(String name, LazyTensor tensor) {
        return (name.endsWith(BIAS) || name.endsWith(".masked_bias"))
                && tensor.shape().dimension() != 1;
    }

    private void warnIfMerged(String name, LazyTensor tensor) throws IOException {
        LazyTensor original = find(name);
        if (original != null && warnings.isEmpty() && !original.sameValues(tensor)) {
            warnings.add(
                    ("%s differs from the base model's: the checkpoint was saved merged, or from"
                                    + " another base. Its A and B are taken, its base weights are"
                                    + " not")
                            .formatted(name));
        }
    }

    /** What the base model does not have, or has with other values. */
    private Map<String, LazyTensor> changed(Map<String, LazyTensor> rest, boolean whole)
            throws IOException {
        Map<String, LazyTensor> changed = new LinkedHashMap<>();
        for (Map.Entry<String, LazyTensor> entry : rest.entrySet()) {
            LazyTensor original = find(entry.getKey());
            if (!whole || original == null || !original.sameValues(entry.getValue())) {
                changed.put(entry.getKey(), entry.getValue());
            }
        }
        return changed;
    }

    private @Nullable LazyTensor find(String name) {
        return base == null ? null : base.tensors().get(mapping.stored(name));
    }

    private void takeNamed(
            Map<String, LazyTensor> trained, Map<String, LazyTensor> rest, List<String> modules) {
        for (String module : modules) {
            int before = saved.size();
            rest.forEach(
                    (name, tensor) -> {
                        int at = ("." + name).indexOf("." + module + ".");
                        if (at >= 0) {
                            saved.put(name, tensor);
                            savedModules.add(name.substring(0, at + module.length()));
                        }
                    });
            if (saved.size() == before) {
                questions.ask(
                        "--modules-to-save",
                        module,
                        "no tensor of the file lies in a module of this name");
            }
        }
        trained.keySet().removeAll(saved.keySet());
    }

    /** A module whose weight is there was trained whole; a bias alone is a bias. */
    private void takeModules(Map<String, LazyTensor> trained) {
        Set<String> modules = new TreeSet<>();
        for (String name : trained.keySet()) {
            if (!name.endsWith(BIAS) && !name.contains("_bias.")) {
                modules.add(root(ModulePath.parent(name), trained.keySet()));
            }
        }
        for (String module : modules) {
            if (modules.stream().anyMatch(other -> module.startsWith(other + "."))) {
                continue;
            }
            savedModules.add(module);
            trained.forEach(
                    (name, tensor) -> {
                        if (name.startsWith(module + ".")) {
                            saved.put(name, tensor);
                        }
                    });
        }
        trained.keySet().removeAll(saved.keySet());
    }

    /**
     * The module to save: the outermost that holds no adapted module, and nothing that the base
     * model has and the file has not; without a base model only a top one goes beyond the tensor's
     * own module.
     */
    private String root(String module, Set<String> trained) {
        String first = module.contains(".") ? module.substring(0, module.indexOf('.')) : module;
        if (base == null) {
            return holdsAdapted(first) ? module : first;
        }
        String candidate = first;
        while (candidate.length() < module.length()
                && (holdsAdapted(candidate) || holdsUntrained(candidate, trained))) {
            int dot = module.indexOf('.', candidate.length() + 1);
            candidate = dot < 0 ? module : module.substring(0, dot);
        }
        return candidate;
    }

    private boolean holdsAdapted(String module) {
        return adapted.stream().anyMatch(a -> a.equals(module) || a.startsWith(module + "."));
    }

    private boolean holdsUntrained(String module, Set<String> trained) {
        String stored = mapping.stored(module + ".");
        return base != null
                && base.tensors().keySet().stream()
                        .filter(name -> name.startsWith(stored))
                        .map(name -> module + "." + name.substring(stored.length()))
                        .anyMatch(name -> !trained.contains(name));
    }

    private void takeBiases(Map<String, LazyTensor> rest) {
        Bias asked = request.bias();
        Map<String, LazyTensor> found = new TreeMap<>();
        boolean others = false;
        for (Map.Entry<String, LazyTensor> entry : rest.entrySet()) {
            String name = entry.getKey();
            boolean own =
                    name.endsWith(BIAS)
                            && adapted.contains(name.substring(0, name.length() - BIAS.length()));
            if (own || (name.contains("bias") && asked != Bias.LORA_ONLY)) {
                found.put(name, entry.getValue());
                others |= !own;
            }
        }
        if (asked == Bias.NONE || found.isEmpty()) {
            bias = asked == null ? Bias.NONE : asked;
            return;
        }
        bias = asked != null ? asked : others ? Bias.ALL : Bias.LORA_ONLY;
        biases.putAll(found);
    }

    /** Trained biases by their names in the model. */
    Map<String, LazyTensor> biases() {
        return biases;
    }

    Bias bias() {
        return bias;
    }

    /** The tensors of modules saved whole, by their names in the model. */
    Map<String, LazyTensor> saved() {
        return saved;
    }

    Set<String> savedModules() {
        return savedModules;
    }

    List<String> warnings() {
        return warnings;
    }

    int dropped() {
        return dropped;
    }
}
