/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterNames.Published;
import org.lora4j.block.ThreadFrames.Frame;
import org.lora4j.block.ThreadFrames.PassFrame;
import org.lora4j.block.ThreadFrames.UseFrame;

/**
 * Says which adapters are active in a block tree: a default for all threads, scopes in which one
 * thread uses another selection, and passes, each of which keeps one selection from its first layer
 * to its last.
 *
 * <p>A pass reads the selection once, looks its names up, and takes hold of the adapters that it
 * finds ({@link #pass}). Whatever is activated, added, replaced or deleted while it runs, it goes
 * on with these, and none of their memory is freed before it ends. The roots of lora4j's own models
 * open a pass for each forward pass; generations, evaluations and trainings open one that lasts as
 * long as they do. A pass inside a pass of the same thread is part of it, unless a scope was opened
 * in between.
 *
 * <p>A tree of DJL's own blocks has no root that opens a pass, so each of its layers reads the
 * selection by itself, and a change of the default between two layers would mix two adapters.
 * Threads that run such a tree while another thread changes its adapters open the pass themselves,
 * around the call of the predictor or the block; or each of them uses its own selection in a scope,
 * which no other thread changes. {@link #setDefault} and the methods of {@code Lora} refuse a
 * change while they see a layer at work outside of both. They cannot see a thread that is between
 * two layers.
 *
 * <p>Thread-safe: serving threads may each use their own adapter of one model at the same time. A
 * pass or scope belongs to the thread that opened it.
 */
public final class ActiveAdapters {
    private final AdapterNames names = new AdapterNames();
    private final TreePasses passes = new TreePasses();
    private final ThreadFrames frames = new ThreadFrames();
    private final ReentrantLock changes = new ReentrantLock();
    private final ReentrantLock rebuilds = new ReentrantLock();

    /** Returns the calling thread's selection: its pass's, its scope's, or the default. */
    public AdapterSelection current() {
        Frame own = frames.innermost();
        return own == null ? getDefault() : own.selection();
    }

    /** Returns the selection of threads that are in no scope. */
    public AdapterSelection getDefault() {
        return names.published().selection();
    }

    /** Returns the default selection, looked up. */
    public SelectedAdapters defaults() {
        return names.published().defaults();
    }

    /** Returns the tree's adapters by name. */
    public AdapterNames names() {
        return names;
    }

    /**
     * Sets the selection of all threads that are in no scope, from their next pass on.
     *
     * @param selection the new default
     * @throws IllegalStateException if a layer is at work on another thread outside of any pass and
     *     scope, whose run could mix the selection before and this one
     */
    public void setDefault(AdapterSelection selection) {
        passes.requireNoLooseLayer("another selection is made the default");
        names.select(selection);
    }

    /**
     * Refuses a change of the tree while a layer is at work outside of any pass and scope.
     *
     * @param change what is about to happen, for the message
     * @throws IllegalStateException if one is at work
     */
    public void requireNoLooseLayer(String change) {
        passes.requireNoLooseLayer(change);
    }

    /**
     * Opens a scope in which the calling thread uses a selection. The names are looked up at each
     * pass: one that begins after an adapter was replaced uses the new one, and one that begins
     * after it was deleted is refused. A name that the tree does not have takes no part.
     *
     * @param selection what the thread uses; {@link AdapterSelection#none()} disables all adapters
     * @return the scope; close it on the same thread, innermost first
     */
    public Scope use(AdapterSelection selection) {
        return use(selection, false);
    }

    /**
     * As {@link #use}, for names that the tree must have.
     *
     * @param selection what the thread uses
     * @return the scope; close it on the same thread, innermost first
     * @throws IllegalArgumentException if the tree does not have one of the adapters
     */
    public Scope useKnown(AdapterSelection selection) {
        return use(selection, true);
    }

    private Scope use(AdapterSelection selection, boolean known) {
        return frames.open(selection, names.published(), known);
    }

    /**
     * Opens a pass: until it is closed, the calling thread runs the tree with the adapters that its
     * selection means now.
     *
     * @return the pass; close it on the same thread
     * @throws IllegalStateException if the model is closed, or an adapter of the thread's scope was
     *     deleted since the scope was opened
     */
    public Scope pass() {
        Frame outer = frames.innermost();
        if (outer instanceof PassFrame open) {
            passes.requireOpen();
            return open.again();
        }
        return push(acquire((UseFrame) outer));
    }

    /**
     * Looks up the calling thread's selection for work that goes on in parts.
     *
     * @return what keeps the adapters; close it when the work has ended
     * @throws IllegalStateException as {@link #pass}
     */
    public HeldAdapters hold() {
        int era = passes.era();
        try (LayerPass read = layer()) {
            read.adapters().hold();
            return new HeldAdapters(this, read.adapters(), era);
        }
    }

    /**
     * Looks up a selection for work that goes on in parts.
     *
     * @param selection the adapters, and with what weight
     * @return what keeps the adapters; close it when the work has ended
     * @throws IllegalStateException if the model is closed, or does not have one of the adapters
     */
    public HeldAdapters hold(AdapterSelection selection) {
        try (Scope scope = useKnown(selection)) {
            return hold();
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "the adapters %s cannot take part: %s"
                            .formatted(selection.weights().keySet(), e.getMessage()),
                    e);
        }
    }

    /** Opens a pass with adapters that are held. */
    Scope enter(SelectedAdapters held, int era) {
        passes.requireOpen();
        passes.enter();
        if (era != passes.era()) {
            passes.leave();
            throw new IllegalStateException(
                    ("the model was merged and unloaded since this work began with the adapters"
                                    + " %s; begin it anew")
                            .formatted(held.selection().weights().keySet()));
        }
        held.enterAsHolder();
        return push(held);
    }

    private Scope push(SelectedAdapters adapters) {
        return frames.open(adapters, () -> leave(adapters));
    }

    /**
     * Begins a training: a pass on the calling thread that no other thread steers. It runs with the
     * thread's selection or, where that does not contain all that trains, with these adapters.
     *
     * @param trained the names of the adapters that train; empty where only the base does
     * @return the training; close it on the same thread
     * @throws IllegalStateException as {@link #pass}, or if one of them is in another training
     */
    public Scope train(Collection<String> trained) {
        AdapterSelection own = current();
        Scope scope =
                use(
                        own.weights().keySet().containsAll(trained)
                                ? own
                                : AdapterSelection.of(trained.toArray(new String[0])));
        Scope pass = null;
        try {
            pass = pass();
            List<AdapterVersion> versions = names.beginTraining(trained);
            Scope opened = pass;
            return () -> {
                versions.forEach(version -> version.setTraining(false));
                versions.clear();
                opened.close();
                scope.close();
            };
        } catch (RuntimeException | Error e) {
            if (pass != null) {
                pass.close();
            }
            scope.close();
            throw e;
        }
    }

    /** Returns the names of the adapters that are being trained. */
    public Set<String> inTraining() {
        return names.published().versions().values().stream()
                .filter(AdapterVersion::isTraining)
                .map(AdapterVersion::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns whether the calling thread is in a pass. */
    public boolean isInPass() {
        return frames.haveAPass();
    }

    /**
     * Refuses what waits for passes to end where the calling thread is in one: it would wait for
     * itself.
     *
     * @param attempt what is asked for, for the message
     * @throws IllegalStateException if the thread is in a pass
     */
    public void requireOutsidePass(String attempt) {
        if (isInPass()) {
            throw new IllegalStateException(
                    ("%s waits for running passes to end, and this thread is inside one, such as"
                                    + " a generation, an evaluation or a training. Call it after"
                                    + " that, or on another thread")
                            .formatted(attempt));
        }
    }

    /**
     * Ends the tree's life: no pass begins any more, and those that run on other threads end with
     * an exception at their next layer. The memory is freed after the last of them. Waits for that,
     * unless the calling thread is in a pass itself: then its end frees the memory.
     *
     * @param message what passes are told
     * @param free frees the memory; called once, on any thread
     */
    public void close(String message, Runnable free) {
        passes.close(message, free);
        if (!isInPass()) {
            passes.awaitNone();
        }
    }

    /**
     * Refuses a tree that was closed.
     *
     * @throws IllegalStateException with the message that {@link #close} was given
     */
    public void requireOpen() {
        passes.requireOpen();
    }

    /**
     * Waits for running passes to end and lets no other begin until the tree has been rebuilt. One
     * thread at a time rebuilds.
     *
     * @param message what passes are told that would begin meanwhile
     * @return what lets passes begin again; work that holds adapters does not go on
     * @throws IllegalStateException if the calling thread is in a pass
     */
    public Scope exclusively(String message) {
        requireOutsidePass("what rebuilds the model");
        rebuilds.lock();
        try {
            passes.suspend(message);
        } catch (RuntimeException | Error e) {
            rebuilds.unlock();
            throw e;
        }
        return () -> {
            try {
                passes.resume();
            } finally {
                rebuilds.unlock();
            }
        };
    }

    /**
     * Begins a change of the tree's blocks or parameters, or a look at all of them. Only one thread
     * at a time is in one. The end of a pass may free an adapter, which is a change too, so nobody
     * waits for a pass inside a change.
     *
     * @return the change; close it on the same thread
     */
    public Scope change() {
        changes.lock();
        return changes::unlock;
    }

    /** Begins a layer's work: in the thread's pass or, where there is none, in one of its own. */
    public LayerPass layer() {
        Frame own = frames.innermost();
        if (own instanceof PassFrame open) {
            passes.requireOpen();
            return open.layers();
        }
        SelectedAdapters adapters = acquire((UseFrame) own);
        boolean loose = own == null;
        if (loose) {
            passes.enterLoose();
        }
        return new LayerPass(adapters, this, loose);
    }

    /** Ends the pass that a layer opened for itself. */
    void leave(LayerPass layer) {
        if (layer.loose()) {
            passes.leaveLoose();
        }
        leave(layer.adapters());
    }

    private SelectedAdapters acquire(@Nullable UseFrame scope) {
        while (true) {
            passes.enter();
            boolean entered = false;
            try {
                Published now = names.published();
                SelectedAdapters adapters = scope == null ? now.defaults() : scope.lookUp(now);
                entered = adapters.enter();
                if (entered) {
                    return adapters;
                }
                // an adapter is retired after its name is gone, so the next look does not find it
            } finally {
                if (!entered) {
                    passes.leave();
                }
            }
        }
    }

    private void leave(SelectedAdapters adapters) {
        try {
            adapters.leave();
        } finally {
            passes.leave();
        }
    }

    /** A scope in which a thread uses its own selection, or a pass. */
    public interface Scope extends AutoCloseable {
        /**
         * Restores what the thread had before; closing again does nothing.
         *
         * @throws IllegalStateException if called on another thread, or before a scope that was
         *     opened later is closed
         */
        @Override
        void close();
    }
}
