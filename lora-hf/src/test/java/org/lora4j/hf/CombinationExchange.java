/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Combination;
import org.lora4j.hf.model.ModelConfig;

/** Combines adapters of PEFT; the program that tools/interop runs beside add_weighted_adapter. */
final class CombinationExchange {
    private CombinationExchange() {}

    @SuppressWarnings("ArrayRecordComponent") // numbers of a file, read only
    private record Job(
            String name,
            List<String> parts,
            double[] weights,
            String kind,
            double density,
            Combination.Signs signs,
            long seed,
            int rank) {}

    /**
     * Reads FOLDER/model, FOLDER/adapters and FOLDER/jobs.json; writes each combination to
     * FOLDER/ours/NAME.
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Job[] jobs =
                new Gson().fromJson(Files.readString(folder.resolve("jobs.json")), Job[].class);
        Path directory = folder.resolve("model");
        try (LoraModel model = LoraModel.load(directory, Task.of(ModelConfig.read(directory)))) {
            model.loadAdapters(folder.resolve("adapters"));
            for (Job job : jobs) {
                Map<String, Double> weights = new LinkedHashMap<>();
                for (int i = 0; i < job.parts().size(); i++) {
                    weights.put(job.parts().get(i), job.weights()[i]);
                }
                model.addWeightedAdapter(
                        job.name(), new AdapterSelection(weights), combination(job));
                model.saveAdapter(job.name(), folder.resolve("ours").resolve(job.name()));
            }
        }
    }

    private static Combination combination(Job job) {
        Combination made =
                switch (job.kind().replace("_svd", "")) {
                    case "linear" -> Combination.linear();
                    case "cat" -> Combination.cat();
                    case "svd" -> new Combination.Svd(job.rank());
                    case "magnitude_prune" -> Combination.magnitudePrune(job.density());
                    case "ties" -> Combination.ties(job.density(), job.signs());
                    case "dare_linear" -> Combination.dareLinear(job.density(), job.seed());
                    case "dare_ties" ->
                            Combination.dareTies(job.density(), job.signs(), job.seed());
                    default -> throw new IllegalArgumentException(job.kind());
                };
        return made instanceof Combination.Pruned pruned && job.kind().endsWith("_svd")
                ? pruned.ofUpdates(job.rank())
                : made;
    }
}
