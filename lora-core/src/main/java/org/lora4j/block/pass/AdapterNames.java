/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of a tree by name, and which of them are active by default. A change replaces both
 * at once, so a forward pass sees it completely or not at all.
 *
 * <p>An adapter is built under a key that no pass knows ({@link #stage}) and gets its name when it
 * is complete ({@link #publish}). An adapter that loses its name gets a key again ({@link
 * #withdraw}), by which its hosts still know it; its memory is freed when the last pass that reads
 * it has ended ({@link #free}). The methods of AdapterHost accept keys in the place of names.
 *
 * <p>Thread-safe. The owner of the tree makes sure that one thread at a time builds or frees an
 * adapter.
 */
public final class AdapterNames {
    private static final char KEY_MARK = '\u0000';

    private final AtomicLong keys = new AtomicLong();
    private final Map<String, AdapterVersion> hidden = new ConcurrentHashMap<>();
    private volatile Published published = Published.of(Map.of(), Map.of(), null);

    /**
     * What passes see.
     *
     * @param selection the weights of the default selection by name
     * @param versions the adapters by name
     * @param gate what opens merged weights, or null
     * @param defaults the default selection, looked up
     */
    public record Published(
            Map<String, Double> selection,
            Map<String, AdapterVersion> versions,
            @Nullable Readers gate,
            SelectedAdapters defaults) {
        static Published of(
                Map<String, Double> selection,
                Map<String, AdapterVersion> versions,
                @Nullable Readers gate) {
            return new Published(
                    selection, versions, gate, SelectedAdapters.of(selection, versions, gate));
        }
    }

    public Published published() {
        return published;
    }

    /** Returns the adapters' names. */
    public Set<String> all() {
        return Set.copyOf(published.versions().keySet());
    }

    /**
     * Returns a key under which hosts take the parts of a new adapter that passes do not see yet.
     *
     * @param name the name that the adapter is to get, and its parameters have
     * @return the key
     */
    public String stage(String name) {
        return hide(new AdapterVersion(name));
    }

    private String hide(AdapterVersion version) {
        String key = version.name() + KEY_MARK + keys.incrementAndGet();
        hidden.put(key, version);
        return key;
    }

    /**
     * Returns the name that belongs to a key.
     *
     * @param key a key or a name
     */
    public static String nameOf(String key) {
        int mark = key.indexOf(KEY_MARK);
        return mark < 0 ? key : key.substring(0, mark);
    }

    /**
     * Gives a staged adapter its name and sets the default selection, both at once.
     *
     * @param key what {@link #stage} returned
     * @param selection the new default; null leaves it as it is
     * @return the key of the adapter that had the name until now, to be freed; null if none had it
     */
    public synchronized @Nullable String publish(
            String key, @Nullable Map<String, Double> selection) {
        AdapterVersion version = hidden.remove(key);
        if (version == null) {
            throw new IllegalStateException("the adapter " + nameOf(key) + " is not staged");
        }
        Published now = published;
        Map<String, AdapterVersion> next = new LinkedHashMap<>(now.versions());
        AdapterVersion before = next.put(version.name(), version);
        String left = before == null ? null : hide(before);
        published = Published.of(selection == null ? now.selection() : selection, next, now.gate());
        return left;
    }

    /**
     * Forgets a staged adapter; its parts must have been removed from their hosts.
     *
     * @param key what {@link #stage} returned
     */
    public void discard(String key) {
        hidden.remove(key);
    }

    /**
     * Takes adapters' names away and the adapters out of the default selection: passes that begin
     * later do not find them.
     *
     * @param names names; those that the tree does not have are ignored
     * @return the adapters' keys, to be freed
     */
    public synchronized List<String> withdraw(Collection<String> names) {
        Published now = published;
        Map<String, AdapterVersion> next = new LinkedHashMap<>(now.versions());
        Map<String, Double> left = new LinkedHashMap<>(now.selection());
        List<String> withdrawn = new ArrayList<>();
        for (String name : names) {
            AdapterVersion version = next.remove(name);
            left.remove(name);
            if (version != null) {
                withdrawn.add(hide(version));
            }
        }
        published = Published.of(Collections.unmodifiableMap(left), next, now.gate());
        return withdrawn;
    }

    /**
     * Waits until no pass reads an adapter that has lost its name, and frees it. Where work that is
     * not running holds it, such as a stream of text that nobody pulls, it is freed when the last
     * such work ends.
     *
     * @param key its key
     * @param free removes it from its hosts, by its key; called once, on any thread
     */
    public void free(String key, Runnable free) {
        AdapterVersion version = hidden.get(key);
        if (version != null) {
            version.readers()
                    .retire(
                            () -> {
                                try {
                                    free.run();
                                } finally {
                                    hidden.remove(key);
                                }
                            });
            version.readers().awaitNone();
        }
    }

    /** Marks adapters as being trained, all of them or, if one already is, none. */
    public synchronized List<AdapterVersion> beginTraining(Collection<String> names) {
        List<AdapterVersion> begun = new ArrayList<>();
        for (String name : names) {
            AdapterVersion version = published.versions().get(name);
            if (version == null) {
                throw new IllegalStateException(
                        "adapter \"%s\" was deleted; the model has %s"
                                .formatted(name, published.versions().keySet()));
            }
            if (version.isTraining()) {
                throw new IllegalStateException(
                        "adapter \"%s\" is being trained on another thread; wait for that"
                                .formatted(name));
            }
            begun.add(version);
        }
        begun.forEach(version -> version.setTraining(true));
        return begun;
    }

    public synchronized void select(Map<String, Double> selection) {
        published = Published.of(selection, published.versions(), published.gate());
    }

    /**
     * Lets passes that begin later use the merged weights of a gate, or of none; returns the gate
     * before.
     */
    synchronized @Nullable public Readers setGate(@Nullable Readers gate) {
        Published now = published;
        published = Published.of(now.selection(), now.versions(), gate);
        return now.gate();
    }

    /** Returns the adapter of a name or a key, or null. */
    @Nullable
    public AdapterVersion find(String key) {
        AdapterVersion named = published.versions().get(key);
        return named == null ? hidden.get(key) : named;
    }

    /** Returns the adapter of a name or a key; a new name is published at once. */
    public synchronized AdapterVersion findOrPublish(String key) {
        AdapterVersion found = find(key);
        if (found == null) {
            found = new AdapterVersion(key);
            Map<String, AdapterVersion> next = new LinkedHashMap<>(published.versions());
            next.put(key, found);
            published = Published.of(published.selection(), next, published.gate());
        }
        return found;
    }

    /** Returns whether an adapter has its name, so that passes may find it. */
    public boolean isPublished(AdapterVersion version) {
        return published.versions().get(version.name()) == version;
    }
}
