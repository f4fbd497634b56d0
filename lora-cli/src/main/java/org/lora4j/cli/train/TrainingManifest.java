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
import org.lora4j.core.AdapterConfig;
import org.lora4j.provenance.Provenance;
import org.lora4j.provenance.Source;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;

/** The manifest of a training. What it read is hashed beside it, on a thread of its own. */
public final class TrainingManifest implements TrainingListener {
    private final FutureTask<Map<String, Source>> sources;
    private Map<String, Object> base = Map.of();
    private @Nullable AdapterConfig adapter;
    private @Nullable LoraTrainingConfig config;

    /**
     * What a training reads.
     *
     * @param base the directory or file of the base
     * @param data the file of the training data
     * @param validation the file of the validation data, if there is one
     */
    public record Inputs(Path base, @Nullable Path data, @Nullable Path validation) {
        private Map<String, Source> read() throws IOException {
            Map<String, Source> sources = new LinkedHashMap<>();
            boolean script = Files.isRegularFile(base);
            sources.put("base", script ? Source.ofFile(base) : Source.ofModel(base));
            add(sources, "training data", data);
            add(sources, "validation data", validation);
            return sources;
        }

        /** Adds a file; a pipe has been read and cannot be read again. */
        private static void add(Map<String, Source> sources, String name, @Nullable Path file)
                throws IOException {
            if (file != null && Files.isRegularFile(file)) {
                sources.put(name, Source.ofFile(file));
            }
        }
    }

    private TrainingManifest(FutureTask<Map<String, Source>> sources) {
        this.sources = sources;
    }

    /** Begins to read the files of the base and of the data. */
    public static TrainingManifest begin(Inputs inputs) {
        FutureTask<Map<String, Source>> sources = new FutureTask<>(inputs::read);
        Thread reader = new Thread(sources, "lora4j-hashes");
        reader.setDaemon(true);
        reader.start();
        return new TrainingManifest(sources);
    }

    /**
     * Sets what is known by name.
     *
     * @param facts of the base
     * @param trained the configuration of the adapter, if one is trained
     */
    public void describe(Map<String, Object> facts, @Nullable AdapterConfig trained) {
        base = facts;
        adapter = trained;
    }

    @Override
    public void onStart(TrainingStart start) {
        config = start.config();
    }

    /** Writes the manifest; a failure is reported and does no harm. */
    public void write(Path place, LoraTrainingResult result, Console console) {
        try {
            Provenance.Builder manifest =
                    Provenance.builder().addConfiguration("base", base).optResult(result);
            if (config != null) {
                manifest.addConfiguration("training", config.values());
                manifest.addSeed("training", config.seed());
            }
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
