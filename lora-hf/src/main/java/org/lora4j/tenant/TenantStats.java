/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

/**
 * What {@link TenantAdapters} has done since it was built, and what it holds.
 *
 * @param hits how often a tenant's adapter was there, or being loaded by another thread
 * @param loads how many adapters were loaded, those of refreshes included
 * @param failures how many loads failed
 * @param evictions how many adapters the limit drove out
 * @param resident how many adapters are in the model's memory: those that are kept, and those that
 *     were driven out and are in use or about to be deleted
 * @param residentBytes the bytes of their tensors
 */
public record TenantStats(
        long hits, long loads, long failures, long evictions, int resident, long residentBytes) {}
