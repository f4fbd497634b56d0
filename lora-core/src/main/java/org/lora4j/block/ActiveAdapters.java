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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ThreadFrames.Frame;
import org.lora4j.block.ThreadFrames.PassFrame;
import org.lora4j.block.ThreadFrames.UseFrame;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.pass.AdapterNames.Published;
import org.lora4j.block.pass.AdapterVersion;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * The adapters that are active in a block tree: a default for all threads, scopes in which one
 * thread uses another selection, and passes, each of which keeps one selection from its first layer
 * to its last.
 *
 * <p>A pass reads the selection once, looks its names up, and keeps the adapters that it finds
 * ({@link #pass}). It uses them until it ends, whatever is activated, added, replaced or deleted
 * meanwhile, and none of their memory is freed before. The roots of lora4j's own models open a pass
 * for each forward pass; generations, evaluations and trainings open one that lasts as long as they
 * do. A pass inside a pass of the same thread is part of it, unless a scope was opened in between.
 *
 * <p>A tree of DJL's own blocks has no root that opens a pass, so each layer reads the selection on
 * its own, and a change of the default between two layers would mix two adapters. Threads that run
 * such a tree while another thread changes its adapters open the pass themselves, around the call
 * of the predictor or the block; or each of them uses its own selection in a scope, which no other
 * thread changes. {@link #setDefault} and the methods of {@code Lora} refuse a change while a layer
 * runs outside of both. They cannot see a thread that is between two layers.
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

    /**
     * Returns the calling thread's selection: its pass's, its scope's, or the default.
     *
     * @throws IllegalStateException if the thread's texts have adapters of their own
     */
    public AdapterSelection current() {
        Frame own = frames.innermost();
        return own == null ? getDefault() : own.selection();
    }

    /** Returns the selection of threads that are in no scope. */
    public AdapterSelection getDefault() {
        return new AdapterSelection(names.published().selection());
    }

    /** Returns the adapters of the default selection. */
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
     * @throws IllegalStateException if a layer runs on another thread outside of any pass and
     *     scope: its result could mix both selections
     */
    public void setDefault(AdapterSelection selection) {
        passes.requireNoLooseLayer("another selection is made the default");
        names.select(selection.weights());
    }

    /**
     * Requires that no layer runs outside of any pass and scope.
     *
     * @param change the change that is about to happen, for the message
     * @throws IllegalStateException if a layer does
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
        return frames.open(selection, null, names.published(), known);
    }

    /**
     * Opens a scope in which each text of a batch that the calling thread runs has adapters of its
     * own. Batches must have as many texts as rows are given.
     *
     * @param rows the adapters of each text
     * @return the scope; close it on the same thread, innermost first
     * @throws IllegalArgumentException if the tree does not have one of the adapters
     */
    public Scope useKnown(AdapterRows rows) {
        return frames.open(rows.union(), rows, names.published(), true);
    }

    private @Nullable PassFrame mixedPass() {
        PassFrame open = passOfRows();
        return open != null && open.layers().all().rows() != null ? open : null;
    }

    /** The thread's pass, if it asks where the rows of texts are. */
    private @Nullable PassFrame passOfRows() {
        return frames.innermost() instanceof PassFrame open && open.readsRows() ? open : null;
    }

    /**
     * Tells the pass of the calling thread that it runs a batch of some of the texts. Does nothing
     * unless texts have adapters of their own.
     *
     * @param rows which of the rows of {@link AdapterRows} each text of the batch has; all of them
     *     in order where this is not called
     */
    public void beginBatch(int... rows) {
        PassFrame pass = mixedPass();
        if (pass != null) {
            pass.beginBatch(rows);
        }
    }

    /**
     * Returns an order of the texts of a batch in which those with the same adapters follow one
     * another; their own order where all have the same.
     *
     * @param texts how many
     * @throws IllegalArgumentException if texts have adapters of their own, and there are not as
     *     many
     */
    public int[] order(int texts) {
        PassFrame pass = mixedPass();
        return pass == null ? IntStream.range(0, texts).toArray() : pass.order(texts);
    }

    /**
     * Tells the pass of the calling thread where the rows of each text are from now on, as {@link
     * #layOut(int[], long[], RowLayout.Starts)} does, where nobody knows the ids of the texts.
     *
     * @param order which text of the batch each one is
     * @param lengths the tokens of each
     * @throws IllegalArgumentException if there are not as many texts as were given adapters
     */
    public void layOut(int[] order, long[] lengths) {
        layOut(order, lengths, null);
    }

    /**
     * Tells the pass of the calling thread where the rows of each text are from now on. Does
     * nothing unless texts have adapters of their own, or adapters act from an invocation on.
     *
     * @param order which text of the batch each one is, in the order in which texts lie in
     *     activations
     * @param lengths the tokens of each, in the same order
     * @param starts finds where adapters begin to act; null where nobody knows
     * @throws IllegalArgumentException if there are not as many texts as were given adapters
     */
    public void layOut(int[] order, long[] lengths, RowLayout.@Nullable Starts starts) {
        PassFrame pass = passOfRows();
        if (pass != null) {
            pass.layOut(order, lengths, starts);
        }
    }

    /**
     * Returns whether the pass of the calling thread asks where the rows of texts are: texts have
     * adapters of their own, or adapters act from an invocation on.
     */
    public boolean readsRows() {
        return passOfRows() != null;
    }

    /**
     * Returns whether the pass of the calling thread has one selection, of which an adapter acts
     * from its invocation on.
     */
    public boolean areInvoked() {
        PassFrame pass = passOfRows();
        return pass != null && pass.layers().all().rows() == null;
    }

    /**
     * Tells the pass of the calling thread that layers are given some rows of the tokens alone, as
     * a head is in training. Does nothing where texts have adapters of their own.
     *
     * @param places the rows, ascending
     */
    public void pick(long... places) {
        PassFrame pass = passOfRows();
        if (pass != null) {
            pass.pick(places);
        }
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
     * Looks up the calling thread's selection for work that takes several passes.
     *
     * @return a handle that keeps the adapters; close it when the work is done
     * @throws IllegalStateException as {@link #pass}
     */
    public HeldAdapters hold() {
        int era = passes.era();
        try (LayerPass read = layer()) {
            read.all().hold();
            return new HeldAdapters(this, read.all(), era);
        }
    }

    /**
     * Looks up a selection for work that takes several passes.
     *
     * @param selection the adapters, and with what weight
     * @return a handle that keeps the adapters; close it when the work is done
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
                            .formatted(held.selection().keySet()));
        }
        held.enterAsHolder();
        return push(held);
    }

    private Scope push(SelectedAdapters adapters) {
        return frames.open(adapters, () -> leave(adapters));
    }

    /**
     * Begins a training: a pass on the calling thread. It uses the thread's selection if that
     * contains all adapters that train, else exactly those.
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
     * Requires that the calling thread is in no pass, before it waits for passes to end: it would
     * wait for itself.
     *
     * @param attempt the operation, for the message
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
     * Closes the tree. No pass begins any more, and those on other threads end with an exception at
     * their next layer; the memory is freed after the last of them. Waits for that, unless the
     * calling thread is in a pass itself: then the end of its pass frees the memory.
     *
     * @param message the message of the exceptions
     * @param free frees the memory; called once, on any thread
     */
    public void close(String message, Runnable free) {
        passes.close(message, free);
        if (!isInPass()) {
            passes.awaitNone();
        }
    }

    /**
     * Requires that the tree is not closed.
     *
     * @throws IllegalStateException with the message that {@link #close} was given
     */
    public void requireOpen() {
        passes.requireOpen();
    }

    /**
     * Waits for running passes to end and lets no other begin until the returned scope is closed.
     * Only one thread at a time is in such a scope.
     *
     * @param message the message of the exception with which other passes are refused meanwhile
     * @return the scope; work that held adapters before cannot go on after it
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
     * Locks the tree's blocks and parameters, to change them or to read all of them. The end of a
     * pass may free an adapter and needs the lock for that, so never wait for a pass while holding
     * it.
     *
     * @return the lock; close it on the same thread
     */
    public Scope change() {
        changes.lock();
        return changes::unlock;
    }

    /**
     * Begins the run of a layer: in the thread's pass or, if there is none, in a pass of its own.
     */
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
        return new LayerPass(adapters, null, this, loose);
    }

    /** Ends the pass that a layer opened for itself. */
    void leave(LayerPass layer) {
        if (layer.loose()) {
            passes.leaveLoose();
        }
        leave(layer.all());
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
