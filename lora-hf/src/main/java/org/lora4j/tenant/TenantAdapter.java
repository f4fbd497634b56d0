/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import java.util.concurrent.CompletableFuture;

/**
 * A tenant's adapter in the model. It is deleted once it is out of the cache and its last lease has
 * ended. Begins with a lease, that of its loader.
 */
final class TenantAdapter {
    private final String tenant;
    private final String name;
    private final long bytes;
    private final CompletableFuture<TenantAdapter> future;
    // guarded by this
    private int leases = 1;
    private boolean out;
    private boolean deleted;

    /**
     * Describes an adapter that was loaded.
     *
     * @param name its name in the model
     * @param future what stands for it in the cache
     */
    TenantAdapter(String tenant, String name, long bytes, CompletableFuture<TenantAdapter> future) {
        this.tenant = tenant;
        this.name = name;
        this.bytes = bytes;
        this.future = future;
    }

    String tenant() {
        return tenant;
    }

    String name() {
        return name;
    }

    long bytes() {
        return bytes;
    }

    CompletableFuture<TenantAdapter> future() {
        return future;
    }

    /** Begins a lease; returns false if the adapter is being deleted. */
    synchronized boolean lease() {
        if (!deleted) {
            leases++;
        }
        return !deleted;
    }

    /** Ends a lease; returns whether the caller must delete the adapter now. */
    synchronized boolean release() {
        leases--;
        return isToBeDeleted();
    }

    /** Takes it out of the cache; returns whether the caller must delete it now. */
    synchronized boolean leave() {
        out = true;
        return isToBeDeleted();
    }

    /** Takes it back into the cache; returns false if it is being deleted. */
    synchronized boolean comeBack() {
        if (!deleted) {
            out = false;
        }
        return !deleted;
    }

    synchronized boolean isDeleted() {
        return deleted;
    }

    private boolean isToBeDeleted() {
        if (!out || leases > 0 || deleted) {
            return false;
        }
        deleted = true;
        return true;
    }
}
