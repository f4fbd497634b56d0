/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterReach;
import org.lora4j.block.BiasHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;

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
            long count = count(layer, adapter);
            total += count;
            rows.add(
                    List.of(
                            layer.path(),
                            layer.kind(),
                            shape(layer.weightShape()),
                            Integer.toString(spec.rank()),
                            String.format(Locale.ROOT, "%.4g", spec.scaling()),
                            String.format(Locale.ROOT, "%,d", count)));
        }
        for (SavedModule module : injection.savedModules()) {
            long count = count(module, adapter);
            total += count;
            rows.add(
                    List.of(
                            module.path(),
                            "trained whole",
                            "",
                            "",
                            "",
                            String.format(Locale.ROOT, "%,d", count)));
        }
        long biases = 0;
        for (BiasHost host : injection.biasHosts()) {
            biases += count(host, adapter);
        }
        if (biases > 0) {
            rows.add(
                    List.of(
                            injection.biasHosts().size() + " other modules",
                            "biases",
                            "",
                            "",
                            "",
                            String.format(Locale.ROOT, "%,d", biases)));
        }
        total += biases;
        rows.add(List.of("total", "", "", "", "", String.format(Locale.ROOT, "%,d", total)));
        return render(rows) + remarks(injection);
    }

    /** Lists layers that no pass has called, and modules that the adapter cannot enter. */
    private static String remarks(Injection injection) {
        AdapterReach reach = injection.context().reach();
        List<String> never = new ArrayList<>(reach.neverCalled());
        never.retainAll(injection.hosts().stream().map(AdapterHost::path).toList());
        StringBuilder text = new StringBuilder();
        if (!never.isEmpty()) {
            text.append("never called by a forward pass: ")
                    .append(String.join(", ", never))
                    .append('\n');
        }
        reach.closed()
                .forEach(
                        (path, what) ->
                                text.append("not adapted: ")
                                        .append(path)
                                        .append(", ")
                                        .append(what)
                                        .append('\n'));
        return text.toString();
    }

    private static long count(AdapterHost host, String adapter) {
        long count = 0;
        for (Parameter parameter : host.tensors(adapter).values()) {
            count += parameter.getArray().getShape().size();
        }
        return count;
    }

    private static String shape(Shape shape) {
        StringBuilder text = new StringBuilder();
        for (long dimension : shape.getShape()) {
            text.append(text.length() == 0 ? "" : "x").append(dimension);
        }
        return text.toString();
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
