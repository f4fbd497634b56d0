/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import org.jspecify.annotations.Nullable;

/** The scopes and passes that each thread has opened in a tree, one inside the other. */
final class ThreadFrames {
    // one for each tree on purpose: two models in one thread do not share a selection
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable Frame> innermost = new ThreadLocal<>();

    /** Returns the innermost scope or pass of the calling thread, or null. */
    @Nullable Frame innermost() {
        return innermost.get();
    }

    boolean haveAPass() {
        for (Frame frame = innermost.get(); frame != null; frame = frame.below) {
            if (frame instanceof PassFrame) {
                return true;
            }
        }
        return false;
    }

    UseFrame open(ScopedSelection scoped) {
        UseFrame opened = new UseFrame(scoped, innermost.get());
        innermost.set(opened);
        return opened;
    }

    /**
     * Opens a pass.
     *
     * @param leave what ends it
     */
    PassFrame open(SelectedAdapters adapters, Runnable leave) {
        PassFrame opened = new PassFrame(adapters, leave, innermost.get());
        innermost.set(opened);
        return opened;
    }

    private void restore(@Nullable Frame below) {
        if (below == null) {
            innermost.remove();
        } else {
            innermost.set(below);
        }
    }

    /** What a thread is in. */
    abstract static class Frame implements ActiveAdapters.Scope {
        private final @Nullable Frame below;

        private Frame(@Nullable Frame below) {
            this.below = below;
        }

        abstract AdapterSelection selection();
    }

    /** A scope of a selection. */
    final class UseFrame extends Frame {
        private final ScopedSelection scoped;
        private boolean closed;

        private UseFrame(ScopedSelection scoped, @Nullable Frame below) {
            super(below);
            this.scoped = scoped;
        }

        ScopedSelection scoped() {
            return scoped;
        }

        @Override
        AdapterSelection selection() {
            return scoped.selection();
        }

        @Override
        public void close() {
            if (closed) {
                return;
            }
            if (innermost.get() != this) {
                throw new IllegalStateException(
                        ("a scope of %s is closed out of order; expected the thread that opened"
                                        + " it, innermost scope first. Open scopes with"
                                        + " try-with-resources")
                                .formatted(selection().weights().keySet()));
            }
            closed = true;
            restore(super.below);
        }
    }

    /** A pass, which may be opened again inside itself. */
    final class PassFrame extends Frame {
        private final LayerPass layers;
        private final Runnable leave;
        private final Thread thread = Thread.currentThread();
        private int depth = 1;

        private PassFrame(SelectedAdapters adapters, Runnable leave, @Nullable Frame below) {
            super(below);
            this.layers = new LayerPass(adapters, null, false);
            this.leave = leave;
        }

        LayerPass layers() {
            return layers;
        }

        PassFrame again() {
            depth++;
            return this;
        }

        @Override
        AdapterSelection selection() {
            return layers.adapters().selection();
        }

        @Override
        public void close() {
            if (thread != Thread.currentThread()) {
                throw new IllegalStateException(
                        "a pass is closed on another thread than the one that opened it");
            }
            if (depth > 0 && --depth == 0) {
                // scopes that were left open inside the pass end with it: what it reads must not
                // be kept for ever because of them
                restore(super.below);
                leave.run();
            }
        }
    }
}
