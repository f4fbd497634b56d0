/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import ai.djl.ndarray.NDArray;
import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftDirectories;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.djl.Injection;
import org.lora4j.hf.LoraModel;

/**
 * The adapters of many tenants on one model. A tenant's adapter is loaded when it is first asked
 * for. Of those loaded, as many are kept as a limit allows; beyond it, adapters that are seldom
 * used make room, the least recently used of them first (Caffeine's Window TinyLFU: a tenant that
 * was asked for once does not drive out one that is asked for all the time). An adapter that is
 * leased is never deleted: one that was driven out stays until its last lease ends, and comes back
 * without a load if its tenant is asked for before that.
 *
 * <p>An adapter is deleted on a thread of its own, which waits for the passes that use it. Threads
 * that ask for the same tenant at once share one load; if it fails, each of them is told, and the
 * next to ask tries again. Loading changes neither which adapters are active by default nor what
 * trains.
 *
 * <p>Thread-safe. A lease may be asked for inside a pass. Close this before the model.
 */
public final class TenantAdapters implements AutoCloseable {
    private static final long KIBI = 1024;

    private final LoraModel model;
    private final ActiveAdapters active;
    private final AdapterDirectories directories;
    private final AsyncCache<String, TenantAdapter> cache;

    /**
     * Those driven out while leased. An entry is added and taken while Caffeine holds the lock of
     * its key, so a tenant is never both here and in the cache.
     */
    private final ConcurrentMap<String, TenantAdapter> leaving = new ConcurrentHashMap<>();

    private final Deletions deletions;
    private final ReentrantLock refreshes = new ReentrantLock();
    private final AtomicLong names = new AtomicLong();
    private final LongAdder hits = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private volatile boolean closed;

    private TenantAdapters(Builder builder) {
        this.model = builder.model;
        this.active = model.jointAdapters();
        this.directories = builder.directories;
        this.deletions = new Deletions(model);
        // its upkeep is short, and nothing waits there: it needs no thread
        Caffeine<String, TenantAdapter> settings =
                Caffeine.newBuilder()
                        .executor(Runnable::run)
                        .evictionListener(
                                (@Nullable String tenant,
                                        @Nullable TenantAdapter adapter,
                                        RemovalCause cause) -> evicted(tenant, adapter));
        this.cache =
                builder.maxBytes > 0
                        ? settings.maximumWeight(Math.max(1, builder.maxBytes / KIBI))
                                .weigher((String tenant, TenantAdapter a) -> weight(a.bytes()))
                                .buildAsync()
                        : settings.maximumSize(builder.maxAdapters).buildAsync();
    }

    private static int weight(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, (bytes + KIBI - 1) / KIBI));
    }

    /**
     * Begins with adapters that lie in directories of their tenants' names, as {@link
     * LoraModel#saveAdapters} writes them. A name that would lead out of the directory is refused.
     *
     * @param model the model, for classification or generation
     * @param directory where the tenants' directories are
     */
    public static Builder builder(LoraModel model, Path directory) {
        return builder(
                model,
                tenant -> {
                    try {
                        return PeftDirectories.of(directory, tenant);
                    } catch (IllegalArgumentException e) {
                        throw new IllegalArgumentException(
                                ("the tenant's name \"%s\" cannot be a directory's; expected one"
                                                + " without / and \\")
                                        .formatted(tenant),
                                e);
                    }
                });
    }

    /**
     * Begins with adapters that lie elsewhere.
     *
     * @param model the model, for classification or generation
     * @param directories says where a tenant's adapter is
     */
    public static Builder builder(LoraModel model, AdapterDirectories directories) {
        return new Builder(model, directories);
    }

    static boolean isBase(String tenant) {
        return tenant.equals(AdapterRows.BASE);
    }

    /**
     * Leases the adapter of a tenant, which is loaded if it is not there.
     *
     * @param tenant the tenant, or {@link AdapterRows#BASE} for the base alone
     * @return the adapter; close it after the work with it
     * @throws IOException if the adapter cannot be loaded, as {@link LoraModel#loadAdapter}
     * @throws IllegalArgumentException if the tenant is no name of a directory
     * @throws IllegalStateException if this or the model is closed
     */
    public TenantLease lease(String tenant) throws IOException {
        return lease(List.of(tenant));
    }

    /**
     * Leases the adapters of a batch of texts, each of some tenant.
     *
     * @param tenants the tenant of each text, or {@link AdapterRows#BASE}; there may be more of
     *     them than adapters are kept
     * @return the adapters
     * @throws IOException if one of them cannot be loaded; none is leased then
     * @throws IllegalArgumentException if there is none, or one is no name of a directory
     * @throws IllegalStateException if this or the model is closed
     */
    public TenantLease lease(List<String> tenants) throws IOException {
        if (tenants.isEmpty()) {
            throw new IllegalArgumentException("a lease of no tenant; expected one for each text");
        }
        requireOpen();
        Map<String, TenantAdapter> held = new LinkedHashMap<>();
        try {
            for (String tenant : tenants) {
                if (!isBase(tenant) && !held.containsKey(tenant)) {
                    held.put(tenant, acquire(tenant));
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            held.values().forEach(this::release);
            throw e;
        }
        return new TenantLease(tenants, held, this::release);
    }

    private TenantAdapter acquire(String tenant) throws IOException {
        while (true) {
            requireOpen();
            CompletableFuture<TenantAdapter> mine = new CompletableFuture<>();
            CompletableFuture<TenantAdapter> found =
                    cache.get(tenant, (key, executor) -> returning(key, mine));
            TenantAdapter adapter = found == mine ? load(tenant, mine) : await(tenant, found);
            if (found != mine) {
                if (!adapter.lease()) {
                    Thread.onSpinWait(); // the cache is about to forget it
                    continue;
                }
                hits.increment();
            }
            if (closed) {
                evict(tenant);
                release(adapter);
                throw isClosed();
            }
            return adapter;
        }
    }

    /** Returns the future of an adapter that was driven out and is in use, or else a new one. */
    private CompletableFuture<TenantAdapter> returning(
            String tenant, CompletableFuture<TenantAdapter> otherwise) {
        TenantAdapter adapter = leaving.remove(tenant);
        return adapter != null && adapter.comeBack() ? adapter.future() : otherwise;
    }

    private static TenantAdapter await(String tenant, CompletableFuture<TenantAdapter> future)
            throws IOException {
        try {
            return future.join();
        } catch (CancellationException e) {
            throw failure(tenant, LoadFailure.reason(e));
        }
    }

    private TenantAdapter load(String tenant, CompletableFuture<TenantAdapter> mine)
            throws IOException {
        TenantAdapter made;
        try {
            made = read(tenant, mine);
        } catch (IOException | RuntimeException | Error e) {
            cache.asMap().remove(tenant, mine); // first, so that the next to ask tries again
            mine.completeExceptionally(new LoadFailure(e));
            throw failure(tenant, e);
        }
        mine.complete(made);
        return made;
    }

    private TenantAdapter read(String tenant, CompletableFuture<TenantAdapter> future)
            throws IOException {
        String name = tenant + "#" + names.incrementAndGet();
        Injection injection;
        try {
            if (tenant.isBlank() || tenant.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("a tenant's name is blank, or has a zero");
            }
            injection = model.loadInactiveAdapter(name, directories.of(tenant));
        } catch (IOException | RuntimeException | Error e) {
            failures.increment();
            throw e;
        }
        loads.increment();
        TenantAdapter made = new TenantAdapter(tenant, name, bytes(injection), future);
        deletions.add(made);
        return made;
    }

    private static long bytes(Injection injection) {
        return injection.hosts().stream()
                .flatMap(host -> host.tensors(injection.adapter()).values().stream())
                .mapToLong(parameter -> bytes(parameter.getArray()))
                .sum();
    }

    private static long bytes(NDArray array) {
        return array.getShape().size() * array.getDataType().getNumOfBytes();
    }

    /** Returns what a caller is told; an argument that was refused stays one. */
    private static IOException failure(String tenant, @Nullable Throwable cause) {
        String message =
                "the adapter of tenant \"%s\" could not be loaded: %s"
                        .formatted(tenant, cause == null ? "" : cause.getMessage());
        if (cause instanceof IOException) {
            return new IOException(message, cause);
        }
        if (cause instanceof IllegalArgumentException) {
            throw new IllegalArgumentException(message, cause);
        }
        throw new IllegalStateException(message, cause);
    }

    /** The limit has driven an adapter out; called while Caffeine holds the lock of its key. */
    private void evicted(@Nullable String tenant, @Nullable TenantAdapter adapter) {
        if (tenant == null || adapter == null) {
            return;
        }
        evictions.increment();
        if (adapter.leave()) {
            deletions.delete(adapter);
            return;
        }
        leaving.put(tenant, adapter);
        if (adapter.isDeleted()) { // its last lease ended meanwhile
            leaving.remove(tenant, adapter);
        }
    }

    private void release(TenantAdapter adapter) {
        if (adapter.release()) {
            leaving.remove(adapter.tenant(), adapter);
            deletions.delete(adapter);
        }
    }

    private void leave(TenantAdapter adapter) {
        if (adapter.leave()) {
            deletions.delete(adapter);
        }
    }

    /**
     * Loads the adapter of a tenant anew, after the content of its directory was replaced. Leases
     * that are asked for after this returns are of the new adapter, those before keep the old one
     * to their end. A tenant whose adapter is not there is loaded when it is next asked for.
     *
     * @param tenant the tenant
     * @throws IOException if the adapter cannot be loaded; the old one stays
     * @throws IllegalStateException if this or the model is closed
     */
    public void refresh(String tenant) throws IOException {
        requireOpen();
        refreshes.lock();
        try {
            CompletableFuture<TenantAdapter> before =
                    cache.asMap().compute(tenant, (key, now) -> withoutLeaving(key, now));
            if (before != null) {
                refresh(tenant, before);
            }
        } finally {
            refreshes.unlock();
        }
    }

    /** Forgets an adapter that was driven out, so that it cannot come back. */
    private @Nullable CompletableFuture<TenantAdapter> withoutLeaving(
            String tenant, @Nullable CompletableFuture<TenantAdapter> now) {
        if (now == null) {
            leaving.remove(tenant);
        }
        return now;
    }

    private void refresh(String tenant, CompletableFuture<TenantAdapter> before)
            throws IOException {
        TenantAdapter old;
        try {
            old = before.join();
        } catch (CancellationException e) {
            return; // the next to ask reads the directory as it is now
        }
        CompletableFuture<TenantAdapter> mine = new CompletableFuture<>();
        TenantAdapter made;
        try {
            made = read(tenant, mine);
        } catch (IOException | RuntimeException e) {
            throw failure(tenant, e);
        }
        mine.complete(made);
        // another than the one before was loaded since: from the directory as it is now
        CompletableFuture<TenantAdapter> there =
                cache.asMap()
                        .compute(
                                tenant,
                                (key, now) -> {
                                    if (now != null && now != before) {
                                        return now;
                                    }
                                    leaving.remove(key);
                                    return mine;
                                });
        leave(there == mine ? old : made);
        release(made);
        if (closed) {
            evict(tenant);
        }
    }

    /**
     * Forgets the adapter of a tenant. It is deleted when its last lease has ended; the next lease
     * loads it anew.
     *
     * @param tenant the tenant; one whose adapter is not there is ignored
     */
    public void evict(String tenant) {
        AtomicReference<@Nullable CompletableFuture<TenantAdapter>> removed =
                new AtomicReference<>();
        cache.asMap()
                .compute(
                        tenant,
                        (key, now) -> {
                            leaving.remove(key);
                            removed.set(now);
                            return null;
                        });
        CompletableFuture<TenantAdapter> future = removed.get();
        if (future != null) {
            // at once, or when its load has ended
            CompletableFuture<?> unused =
                    future.whenComplete(
                            (adapter, failed) -> {
                                if (adapter != null) {
                                    leave(adapter);
                                }
                            });
        }
    }

    /** Returns what was done so far. The numbers are each right, and not of one moment. */
    public TenantStats stats() {
        Set<TenantAdapter> present = deletions.present();
        return new TenantStats(
                hits.sum(),
                loads.sum(),
                failures.sum(),
                evictions.sum(),
                present.size(),
                present.stream().mapToLong(TenantAdapter::bytes).sum());
    }

    private void requireOpen() {
        if (closed) {
            throw isClosed();
        }
    }

    private static IllegalStateException isClosed() {
        return new IllegalStateException("the tenants' adapters are closed; build others");
    }

    /**
     * Deletes the adapters and refuses leases from now on. Adapters that are leased stay until
     * then, and are deleted when their leases end. Waits for the other deletions, which wait for
     * passes that use the adapters, unless the calling thread is in a pass itself.
     */
    @Override
    public void close() {
        closed = true;
        List.copyOf(cache.asMap().keySet()).forEach(this::evict);
        if (!active.isInPass()) {
            deletions.await();
        }
    }

    /** What is kept, of which adapters. One of the limits must be set. */
    public static final class Builder {
        private final LoraModel model;
        private final AdapterDirectories directories;
        private int maxAdapters;
        private long maxBytes;

        private Builder(LoraModel model, AdapterDirectories directories) {
            this.model = model;
            this.directories = directories;
        }

        /**
         * Keeps at most a number of adapters.
         *
         * @param count at least 1
         */
        public Builder optMaxAdapters(int count) {
            if (count < 1) {
                throw new IllegalArgumentException(
                        "at most " + count + " adapters; expected at least 1");
            }
            this.maxAdapters = count;
            return this;
        }

        /**
         * Keeps adapters whose tensors have at most a number of bytes together. An adapter that is
         * larger than that alone is kept only while it is leased.
         *
         * @param bytes at least 1
         */
        public Builder optMaxBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException(
                        "adapters of at most " + bytes + " bytes; expected at least 1");
            }
            this.maxBytes = bytes;
            return this;
        }

        /**
         * Builds it; nothing is loaded yet.
         *
         * @throws IllegalStateException if not exactly one of the limits is set
         */
        public TenantAdapters build() {
            if ((maxAdapters > 0) == (maxBytes > 0)) {
                throw new IllegalStateException(
                        "%s limits on the adapters that are kept; expected one of optMaxAdapters"
                                        .formatted(maxAdapters > 0 ? "two" : "no")
                                + " and optMaxBytes");
            }
            return new TenantAdapters(this);
        }
    }
}
