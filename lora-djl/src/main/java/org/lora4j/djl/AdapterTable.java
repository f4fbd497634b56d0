/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterCoverage;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.part.PartHost;
import org.lora4j.core.Bias;
import org.lora4j.core.Init;
import org.lora4j.torch.TorchModule;

/** Lays out what an adapter consists of as a table for people. */
final class AdapterTable {
    private static final List<String> HEAD =
            List.of("module", "kind", "weight", "rank", "scaling", "parameters");

    private AdapterTable() {}

    static String of(Injection injection) {
        String adapter = injection.adapter();
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        long total = 0;
        for (AdaptedLayer layer : injection.layers()) {
            LoraAdapter carried = layer.adapter(adapter).orElse(null);
            if (carried == null) {
                continue; // it was removed since
            }
            AdapterSpec spec = carried.spec();
            long count = Injection.count(layer, adapter);
            total += count;
            rows.add(
                    List.of(
                            layer.path(),
                            kind(layer, carried),
                            shape(layer.weightShape()),
                            Integer.toString(spec.rank()),
                            String.format(Locale.ROOT, "%.4g", spec.scaling()),
                            number(count)));
        }
        for (SavedModule module : injection.savedModules()) {
            long count = Injection.count(module, adapter);
            total += count;
            String kind = "trained whole" + (module.isSubstituted() ? ", substituted" : "");
            rows.add(row(module.path(), kind, count));
        }
        for (PartHost host : injection.parts()) {
            long count = Injection.count(host, adapter);
            total += count;
            rows.add(row(host.path(), host.kind(), count));
        }
        long biases = 0;
        for (BiasHost host : injection.biasHosts()) {
            biases += Injection.count(host, adapter);
        }
        if (biases > 0) {
            rows.add(row(injection.biasHosts().size() + " other modules", "biases", biases));
        }
        total += biases;
        rows.add(row("total", "", total));
        return render(rows) + remarks(injection);
    }

    private static List<String> row(String module, String kind, long parameters) {
        return List.of(module, kind, "", "", "", number(parameters));
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** Lists layers that no pass has called, and modules that the adapter cannot enter. */
    private static String remarks(Injection injection) {
        AdapterCoverage coverage = injection.context().coverage();
        List<String> never = new ArrayList<>(coverage.neverCalled());
        never.retainAll(injection.hosts().stream().map(AdapterHost::path).toList());
        StringBuilder text = new StringBuilder();
        if (!never.isEmpty()) {
            text.append("never called by a forward pass: %s\n".formatted(String.join(", ", never)));
        }
        substitution(injection, text);
        injection.match().warnings().forEach(note -> text.append(note).append('\n'));
        coverage.closed()
                .forEach(
                        (path, what) -> text.append("not adapted: %s, %s\n".formatted(path, what)));
        return text.toString();
    }

    /**
     * Returns a layer's kind, its variant of LoRA, and how the weight gets the adapter if not by a
     * swap.
     */
    private static String kind(AdaptedLayer layer, LoraAdapter carried) {
        boolean changed =
                carried.form() instanceof WeightForm && !(layer instanceof SubstitutedWeight);
        String kind = changed ? layer.kind() + ", changed weight" : layer.kind();
        String more = carried.magnitude() == null ? "" : ", DoRA";
        more += carried.hasBias() ? ", bias of B" : "";
        more += carried.spec().init().keepsB() ? ", MiCA" : "";
        String variant = carried.spec().variant().title();
        more += variant.isEmpty() ? "" : ", " + variant;
        if (carried.origin() != null && carried.spec().init().isPartOfWeight()) {
            more += carried.spec().init() == Init.PISSA ? ", PiSSA" : ", OLoRA";
        }
        return kind + more;
    }

    /** Says what substitution costs. */
    private static void substitution(Injection injection, StringBuilder text) {
        long bytes = 0;
        for (AdaptedLayer layer : injection.layers()) {
            if (layer instanceof SubstitutedWeight weight
                    && !TorchModule.isOne(weight.owner())
                    && weight.adapter(injection.adapter()).isPresent()) {
                NDArray array = weight.parameter().getArray();
                bytes += array.size() * array.getDataType().getNumOfBytes();
            }
        }
        if (bytes > 0) {
            text.append(
                    ("substituted: each pass makes a copy of the weight with the adapter added (%s"
                                    + " in all), training computes the whole weight's gradient, and"
                                    + " there is no LoRA dropout%s\n")
                            .formatted(
                                    size(bytes),
                                    injection.config().bias() == Bias.LORA_ONLY
                                            ? "; bias LORA_ONLY trains no bias of these modules"
                                            : ""));
        }
    }

    private static String size(long bytes) {
        return bytes < 1 << 20
                ? "%,d bytes".formatted(bytes)
                : String.format(Locale.ROOT, "%,.1f MiB", bytes / (double) (1 << 20));
    }

    private static String shape(Shape shape) {
        return Arrays.stream(shape.getShape())
                .mapToObj(Long::toString)
                .collect(Collectors.joining("x"));
    }

    /** The first column and the kinds to the left, numbers to the right. */
    private static String render(List<List<String>> rows) {
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - row.get(i).length());
                line.append(i < 2 ? row.get(i) + pad : pad + row.get(i)).append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
