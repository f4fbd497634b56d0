/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.core.LoraConfig;
import org.lora4j.provenance.Provenance;
import org.lora4j.provenance.Source;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;

/** The manifest of a training. What it read is hashed beside it, on a thread of its own. */
final class TrainingManifest implements TrainingListener {
    private final Map<String, Object> base;
    private final @Nullable LoraConfig adapter;
    private final FutureTask<Map<String, Source>> sources;
    private LoraTrainingConfig config;

    private TrainingManifest(
            TrainingPlan plan,
            Map<String, Object> base,
            @Nullable LoraConfig adapter,
            FutureTask<Map<String, Source>> sources) {
        this.base = base;
        this.adapter = adapter;
        this.sources = sources;
        config = plan.training();
    }

    /**
     * Begins to read the files of the base and of the data.
     *
     * @param base what is known of the base by name
     * @param adapter the configuration of the adapter, if one is trained
     */
    static TrainingManifest begin(
            TrainingPlan plan,
            Path directory,
            Map<String, Object> base,
            @Nullable LoraConfig adapter) {
        FutureTask<Map<String, Source>> sources = new FutureTask<>(() -> read(plan, directory));
        Thread reader = new Thread(sources, "lora4j-hashes");
        reader.setDaemon(true);
        reader.start();
        return new TrainingManifest(plan, base, adapter, sources);
    }

    private static Map<String, Source> read(TrainingPlan plan, Path directory) throws IOException {
        Map<String, Source> sources = new LinkedHashMap<>();
        boolean script = Files.isRegularFile(directory);
        sources.put("base", script ? Source.ofFile(directory) : Source.ofModel(directory));
        add(sources, "training data", plan.dataFile());
        add(sources, "validation data", plan.validationFile());
        return sources;
    }

    /** Adds a file; a pipe has been read and cannot be read again. */
    private static void add(Map<String, Source> sources, String name, @Nullable Path file)
            throws IOException {
        if (file != null && Files.isRegularFile(file)) {
            sources.put(name, Source.ofFile(file));
        }
    }

    @Override
    public void onStart(TrainingStart start) {
        config = start.config();
    }

    /** Writes the manifest; a failure is reported and does no harm. */
    void write(Path place, LoraTrainingResult result, Console console) {
        try {
            Provenance.Builder manifest =
                    Provenance.builder()
                            .addConfiguration("base", base)
                            .addConfiguration("training", config.values())
                            .addSeed("training", config.seed())
                            .optResult(result);
            if (adapter != null) {
                manifest.addConfiguration("adapter", TrainingFacts.adapter(adapter));
                manifest.addSeed("adapter", adapter.seed());
            }
            sources.get().forEach(manifest::addSource);
            manifest.write(place);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            console.note("no " + Provenance.FILE_NAME + ": interrupted");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            tell(console, cause == null ? e : cause);
        } catch (IOException e) {
            tell(console, e);
        }
    }

    private static void tell(Console console, Throwable failure) {
        console.note("no " + Provenance.FILE_NAME + ": " + ErrorText.of(failure));
    }
}
