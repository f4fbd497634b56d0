/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.DirectoryLock;
import org.lora4j.train.checkpoint.OnDivergence;
import org.lora4j.train.checkpoint.Resume;
import org.lora4j.train.checkpoint.ResumeRefusedException;
import org.lora4j.train.checkpoint.SavedCheckpoint;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.event.CheckpointEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the state of one training now and then, and restores it. The training's thread copies the
 * state; another hashes the files that the training depends on, writes the copy and deletes what is
 * no longer kept. A save that fails is logged, and the one before it stays.
 *
 * <p>For the training's thread alone.
 */
public final class Checkpointing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpointing.class);

    private final CheckpointPlan plan;
    private final CheckpointStore store;
    private final DirectoryLock lock;
    private final NDManager manager;
    private final Map<String, String> surroundings;
    private final Consumer<SavedCheckpoint> saved;
    private final ExecutorService writer;
    private final Future<Map<String, String>> identity;
    private @Nullable Future<SavedCheckpoint> pending;
    private boolean due;
    private boolean others;
    private long lastMoment = -1;
    private long lastNanos = System.nanoTime();

    /**
     * What a training is made from.
     *
     * @param identity the result depends on it
     * @param surroundings its bits may depend on it
     */
    public record Origin(TrainingIdentity identity, Map<String, String> surroundings) {}

    private Checkpointing(
            CheckpointPlan plan,
            CheckpointStore store,
            DirectoryLock lock,
            Origin origin,
            NDManager manager,
            Consumer<SavedCheckpoint> saved) {
        this.plan = plan;
        this.store = store;
        this.lock = lock;
        this.manager = manager;
        this.surroundings = origin.surroundings();
        this.saved = saved;
        others = plan.resume().mode() != Resume.Mode.AFRESH;
        writer =
                Executors.newSingleThreadExecutor(
                        work -> {
                            Thread thread = new Thread(work, "lora4j-checkpoints");
                            thread.setDaemon(true);
                            return thread;
                        });
        identity = writer.submit(origin.identity()::resolve);
    }

    /**
     * Claims the directory of a plan.
     *
     * @param plan a plan with a directory
     * @param manager owns copies; the caller closes it after this
     * @param saved is told of each checkpoint, on the training's thread
     * @throws UncheckedIOException if the directory is in use or cannot be written to
     */
    public static Checkpointing open(
            CheckpointPlan plan,
            Origin origin,
            NDManager manager,
            Consumer<SavedCheckpoint> saved) {
        Path directory = Objects.requireNonNull(plan.directory());
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.acquire(directory);
            try {
                CheckpointStore store = new CheckpointStore(directory);
                store.recover();
                return new Checkpointing(plan, store, lock, origin, manager, saved);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw unchecked(e);
        }
    }

    private static UncheckedIOException unchecked(IOException e) {
        return new UncheckedIOException(text(e), e);
    }

    private static String text(Exception e) {
        if (e instanceof AccessDeniedException denied && denied.getReason() == null) {
            return denied.getFile() + ": permission denied";
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /**
     * Restores the checkpoint that the plan asks for.
     *
     * @return whether there was one
     * @throws ResumeRefusedException if it is of another training
     * @throws UncheckedIOException if all are damaged, or the latest cannot be read: it would be
     *     replaced by what is trained again
     */
    public boolean resume(ResumableState state) {
        try {
            Path given = plan.resume().place();
            List<Path> found = store.list();
            switch (plan.resume().mode()) {
                case NEVER -> requireNone(found);
                case AUTO -> {
                    if (restoreLatest(state, found)) {
                        return true;
                    }
                }
                case FROM -> {
                    Path place = Objects.requireNonNull(given);
                    restore(state, chosen(place, found), plan.resume().isForced());
                    return true;
                }
                case AFRESH -> {}
            }
            return false;
        } catch (IOException e) {
            throw unchecked(e);
        }
    }

    /**
     * Saves the beginning of a training that may have to go back to it. The listeners must have
     * begun: what they have written so far stays when the training goes back.
     */
    public void saveBeginning(ResumableState state) {
        if (plan.onDivergence() == OnDivergence.ROLLBACK) {
            saveNow(state);
        }
    }

    private void requireNone(List<Path> found) {
        if (!found.isEmpty()) {
            throw new IllegalStateException(
                    ("%s holds the checkpoint %s of a training; resume it, name another directory,"
                                    + " or begin afresh, which deletes it")
                            .formatted(store.directory(), found.get(0).getFileName()));
        }
    }

    private Path chosen(Path place, List<Path> found) throws IOException {
        Path checkpoint = place;
        if (!CheckpointFiles.isCheckpoint(place)) {
            List<Path> inside = new CheckpointStore(place).list();
            if (inside.isEmpty()) {
                throw new NoSuchFileException(
                        place.toString(), null, "is no checkpoint and holds none");
            }
            checkpoint = inside.get(0);
        }
        Path parent = checkpoint.toRealPath().getParent();
        boolean ours = parent != null && parent.equals(store.directory().toRealPath());
        if (!ours) {
            requireNone(found);
        }
        return ours ? store.directory().resolve(checkpoint.getFileName()) : checkpoint;
    }

    private boolean restoreLatest(ResumableState state, List<Path> found) throws IOException {
        for (Path checkpoint : found) {
            if (restoreWhole(state, checkpoint)) {
                return true;
            }
        }
        if (!found.isEmpty()) {
            throw new IOException(
                    "%s: none of its %d checkpoints is whole"
                            .formatted(store.directory(), found.size()));
        }
        return false;
    }

    private void restore(ResumableState state, Path checkpoint, boolean forced) throws IOException {
        CheckpointFiles.Content content = CheckpointFiles.read(checkpoint);
        ResumableState.Check check =
                differences -> {
                    if (!differences.isEmpty() && !forced) {
                        throw new ResumeRefusedException(checkpoint, differences);
                    }
                    differences.forEach(
                            difference -> LOG.warn("forced resume ignores: {}", difference));
                };
        check.differ(IdentityCheck.differences(content.about().identity(), identity()));
        IdentityCheck.differences(content.about().surroundings(), surroundings)
                .forEach(difference -> LOG.warn("the bits may differ from here: {}", difference));
        try (NDManager scope = manager.newSubManager()) {
            Map<String, NDArray> tensors = CheckpointFiles.tensors(checkpoint, scope);
            try {
                state.restore(content.numbers(), tensors, check);
            } catch (ClassCastException | NullPointerException | NumberFormatException e) {
                throw new IOException(checkpoint + ": is not the state of a training: " + e, e);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(checkpoint + ": " + e.getMessage(), e);
            }
        }
        LOG.info("resumed after step {} from {}", content.steps(), checkpoint);
        lastMoment = state.moment();
    }

    private Map<String, String> identity() throws IOException {
        return await(identity);
    }

    /** Saves the state where that is due, unless an earlier save is still being written. */
    public void afterStep(ResumableState state) {
        due |= plan.isDue(state.steps(), System.nanoTime() - lastNanos);
        if (pending != null && pending.isDone()) {
            finish();
        }
        if (due && pending == null) {
            begin(state);
        }
    }

    private void begin(ResumableState state) {
        long start = System.nanoTime();
        NDManager scope = manager.newSubManager();
        ResumableState.Copy copy;
        try {
            copy = state.copy(scope);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
        double blocked = (System.nanoTime() - start) / 1e9;
        pending = writer.submit(() -> write(copy, scope, blocked));
        due = false;
        lastNanos = System.nanoTime();
        lastMoment = state.moment();
    }

    private SavedCheckpoint write(ResumableState.Copy copy, NDManager scope, double blocked)
            throws IOException {
        CheckpointEvent event = new CheckpointEvent();
        event.begin();
        Path written;
        try (scope) {
            written = store.write(copy, new CheckpointFiles.About(identity(), surroundings));
        }
        event.step = copy.steps();
        event.directory = written.toString();
        event.bytes = CheckpointFiles.bytes(written);
        event.blockedNanos = Math.round(blocked * 1e9);
        event.commit();
        store.prune(written, plan.keep(), others);
        others = true;
        return new SavedCheckpoint(copy.steps(), written, blocked);
    }

    private void finish() {
        Future<SavedCheckpoint> done = pending;
        pending = null;
        if (done == null) {
            return;
        }
        try {
            SavedCheckpoint checkpoint = await(done);
            saved.accept(checkpoint);
        } catch (IOException | RuntimeException e) {
            lastMoment = -1;
            LOG.warn(
                    "a checkpoint could not be written to {}, the one before it stays: {}",
                    store.directory(),
                    text(e));
        }
    }

    /** Saves the state, unless that was done, and waits until it is on disk. */
    public void saveNow(ResumableState state) {
        finish();
        if (state.moment() != lastMoment) {
            begin(state);
            finish();
        }
    }

    /**
     * Goes back to a checkpoint from before a divergence. One after which the very next step
     * diverged may hold what diverged, and is deleted; a damaged one is passed over.
     *
     * @param step the step that diverged, from 1
     * @return whether there was one
     */
    public boolean rollBack(ResumableState state, int step) {
        finish();
        try {
            for (Path checkpoint : store.list()) {
                int taken = CheckpointStore.step(checkpoint);
                if (taken >= step - 1 && taken > 0) {
                    CheckpointFiles.delete(checkpoint);
                } else if (restoreWhole(state, checkpoint)) {
                    return true;
                }
            }
        } catch (IOException e) {
            LOG.warn("no checkpoint to go back to: {}", text(e));
        }
        return false;
    }

    private boolean restoreWhole(ResumableState state, Path checkpoint) throws IOException {
        try {
            restore(state, checkpoint, plan.resume().isForced());
            return true;
        } catch (DamagedCheckpointException e) {
            LOG.warn("passed over: {}", e.getMessage());
            return false;
        }
    }

    /** Waits though the thread is interrupted: what it waits for ends by itself. */
    private static <T> T await(Future<T> future) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(String.valueOf(cause), cause);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for the save that is being written, and gives the directory up. */
    @Override
    public void close() {
        finish();
        writer.shutdown();
        lock.close();
    }
}
