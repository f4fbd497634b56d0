/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;

/**
 * The adapters of some tenants, which stay in the model until this is closed. Close it after the
 * work with them; a pass that runs then, and a stream that has given out its first piece, keep them
 * to their end.
 *
 * <p>Thread-safe.
 */
public final class TenantLease implements AutoCloseable {
    private final List<String> adapters;
    private final Collection<TenantAdapter> held;
    private final Consumer<TenantAdapter> release;
    private final AtomicBoolean closed = new AtomicBoolean();

    TenantLease(
            List<String> tenants,
            Map<String, TenantAdapter> held,
            Consumer<TenantAdapter> release) {
        this.adapters =
                tenants.stream()
                        .map(tenant -> TenantAdapters.isBase(tenant) ? tenant : name(held, tenant))
                        .toList();
        this.held = held.values();
        this.release = release;
    }

    private static String name(Map<String, TenantAdapter> held, String tenant) {
        TenantAdapter adapter = held.get(tenant);
        if (adapter == null) {
            throw new IllegalArgumentException("no adapter of tenant \"" + tenant + "\" is held");
        }
        return adapter.name();
    }

    /**
     * Returns the names that the adapters have in the model, in the order of the tenants asked for;
     * {@link AdapterRows#BASE} for the base. The name of a tenant's adapter is another after each
     * load.
     */
    public List<String> adapters() {
        return adapters;
    }

    /**
     * Returns the adapters of a batch that has a text for each tenant asked for.
     *
     * @throws IllegalStateException if this was closed
     */
    public AdapterRows rows() {
        requireOpen();
        return AdapterRows.of(adapters);
    }

    /**
     * Returns the adapter of the one tenant that was asked for.
     *
     * @throws IllegalStateException if this was closed, or is of several tenants
     */
    public AdapterSelection selection() {
        AdapterRows rows = rows();
        if (rows.distinct().size() > 1) {
            throw new IllegalStateException(
                    "a lease of the adapters %s; expected one tenant. Use rows()"
                            .formatted(adapters));
        }
        return rows.rows().get(0);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException(
                    "the lease of the adapters %s was closed; ask for another".formatted(adapters));
        }
    }

    /** Ends the lease: the adapters may be deleted when they are driven out. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            held.forEach(release);
        }
    }
}
