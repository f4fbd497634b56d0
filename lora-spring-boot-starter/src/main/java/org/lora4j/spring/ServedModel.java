/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.djl.Lora;
import org.lora4j.hf.LoraModel;
import org.lora4j.tenant.TenantAdapters;
import org.lora4j.tenant.TenantLease;

/**
 * A model that answers requests, whose adapter is replaced while it does.
 *
 * <p>A prediction uses one adapter from its begin to its end: the one before or the one after a
 * replacement. Thread-safe; a replacement waits for another that runs, and for the predictions that
 * still use the adapter before.
 */
public final class ServedModel implements AutoCloseable {
    private final String name;
    private final LoraModel model;
    private final @Nullable TenantAdapters tenants;
    private final ReentrantLock replacements = new ReentrantLock();
    private final LongAdder predictions = new LongAdder();
    private final LongAdder predictionFailures = new LongAdder();
    private final LongAdder predictionNanos = new LongAdder();
    private final LongAdder replacementFailures = new LongAdder();
    private volatile ServedAdapter adapter;
    private volatile @Nullable String failure;

    private ServedModel(
            String name,
            LoraModel model,
            @Nullable Path directory,
            @Nullable TenantAdapters tenants) {
        this.name = name;
        this.model = model;
        this.tenants = tenants;
        this.adapter = new ServedAdapter(directory == null ? 0 : 1, directory, Instant.now());
    }

    /**
     * Takes over a model, which is closed with this.
     *
     * @param name what health, meters and {@link ServedModels} call it
     * @param model the model; an adapter that it has under the name {@value Lora#DEFAULT_ADAPTER}
     *     is the one that is replaced
     * @param directory where its adapter was loaded from, or null if it has none
     * @param tenants the adapters of tenants on the model, closed with this, or null for none
     */
    public static ServedModel of(
            String name,
            LoraModel model,
            @Nullable Path directory,
            @Nullable TenantAdapters tenants) {
        return new ServedModel(name, model, directory, tenants);
    }

    /** Returns what health, meters and {@link ServedModels} call it. */
    public String name() {
        return name;
    }

    /** Returns the model; it is closed with this. */
    public LoraModel model() {
        return model;
    }

    /**
     * Returns the adapter that new predictions use; while one is being replaced, for a moment the
     * one before.
     */
    public ServedAdapter adapter() {
        return adapter;
    }

    /** Returns why the last replacement failed, or null if it did not. */
    public @Nullable String failure() {
        return failure;
    }

    /**
     * Puts the adapter of a directory in the place of the one that serves, or serves with it if
     * there is none. Returns when predictions that begin later use it and the one before is freed.
     *
     * @param directory a PEFT directory, with the model's labels
     * @return the adapter, with its version
     * @throws IOException if it is not valid, of other labels or of another base; the adapter
     *     before serves on
     * @throws IllegalStateException if the model is closed, or the calling thread is in a pass
     */
    public ServedAdapter replaceAdapter(Path directory) throws IOException {
        replacements.lock();
        try {
            if (model.adapterNames().contains(Lora.DEFAULT_ADAPTER)) {
                model.replaceAdapter(Lora.DEFAULT_ADAPTER, directory);
            } else {
                model.loadAdapter(Lora.DEFAULT_ADAPTER, directory);
            }
            ServedAdapter now = new ServedAdapter(adapter.version() + 1, directory, Instant.now());
            adapter = now;
            failure = null;
            return now;
        } catch (IOException | RuntimeException e) {
            replacementFailures.increment();
            failure = directory + ": " + e.getMessage();
            throw e;
        } finally {
            replacements.unlock();
        }
    }

    /**
     * Makes a prediction and counts it, with its time, for the meters.
     *
     * @param <T> what is predicted
     * @param prediction such as {@code () -> classifier.classify(text)}
     * @return what the prediction returns; what it throws is thrown on
     */
    public <T> T predict(Supplier<T> prediction) {
        long begin = System.nanoTime();
        try {
            return prediction.get();
        } catch (RuntimeException | Error e) {
            predictionFailures.increment();
            throw e;
        } finally {
            predictionNanos.add(System.nanoTime() - begin);
            predictions.increment();
        }
    }

    /**
     * Makes a prediction with the adapter of a tenant and counts it, as {@link #predict}. The
     * adapter is loaded if it is not there.
     *
     * @param <T> what is predicted
     * @param tenant the tenant, the name of a directory
     * @param prediction what is made on the calling thread
     * @return what the prediction returns
     * @throws UncheckedIOException if the tenant's adapter cannot be loaded
     * @throws IllegalArgumentException if the tenant is no name of a directory
     * @throws IllegalStateException if the model has no adapters of tenants
     */
    public <T> T predictFor(String tenant, Supplier<T> prediction) {
        Objects.requireNonNull(tenant, "the tenant is null");
        return predict(
                () -> {
                    try (TenantLease lease = tenants().lease(tenant);
                            ActiveAdapters.Scope own = model.use(lease.selection())) {
                        return prediction.get();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e.getMessage(), e);
                    }
                });
    }

    /**
     * Returns the adapters of tenants.
     *
     * @throws IllegalStateException if there are none
     */
    public TenantAdapters tenants() {
        if (tenants == null) {
            throw new IllegalStateException(
                    "the model %s has no adapters of tenants; expected lora4j.%s.tenants.directory"
                            .formatted(name, name));
        }
        return tenants;
    }

    boolean hasTenants() {
        return tenants != null;
    }

    long predictions() {
        return predictions.sum();
    }

    long predictionNanos() {
        return predictionNanos.sum();
    }

    long predictionFailures() {
        return predictionFailures.sum();
    }

    long replacementFailures() {
        return replacementFailures.sum();
    }

    /** Closes the adapters of tenants and the model. */
    @Override
    public void close() {
        try {
            if (tenants != null) {
                tenants.close();
            }
        } finally {
            model.close();
        }
    }
}
