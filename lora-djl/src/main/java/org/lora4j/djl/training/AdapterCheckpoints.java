/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;

/**
 * Saves the adapter after each epoch of DJL's own Trainer, in PEFT's directory, where DJL's
 * SaveModelTrainingListener would save the whole model: {@code config.addTrainingListeners(new
 * AdapterCheckpoints(injection, directory))} writes {@code directory/epoch-1}, {@code
 * directory/epoch-2} and so on, each whole or not at all.
 *
 * <p>A directory that cannot be written ends the training with {@link UncheckedIOException}.
 */
public final class AdapterCheckpoints extends TrainingListenerAdapter {
    private final Injection injection;
    private final Path directory;
    private int epochs;

    /**
     * Saves what an injection added.
     *
     * @param injection what {@link Lora#inject} returned
     * @param directory where the epochs' directories go
     */
    public AdapterCheckpoints(Injection injection, Path directory) {
        this.injection = injection;
        this.directory = directory;
    }

    @Override
    public void onEpoch(Trainer trainer) {
        epochs++;
        Path place = directory.resolve("epoch-" + epochs);
        try {
            Lora.saveAdapter(trainer.getModel().getBlock(), injection, place);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "%s: the adapter cannot be saved: %s".formatted(place, e.getMessage()), e);
        }
    }
}
