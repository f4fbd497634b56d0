/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lora4j.files.DirectoryReplacement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The checkpoints in a directory, {@code step-N} each. Not thread-safe. */
final class CheckpointStore {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
    private static final Pattern NAME = Pattern.compile("step-(\\d{1,9})");
    private static final Pattern LEFTOVER = Pattern.compile("\\.(step-\\d{1,9})\\..+");

    private final Path directory;

    CheckpointStore(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** Finishes, or removes, what killed processes left. */
    void recover() throws IOException {
        for (Path file : children()) {
            Matcher name = LEFTOVER.matcher(String.valueOf(file.getFileName()));
            if (name.matches()) {
                DirectoryReplacement.recover(
                        directory.resolve(name.group(1)), CheckpointFiles.SUMS, any -> true);
            }
        }
        for (Path file : children()) {
            if (step(file) >= 0 && !CheckpointFiles.isCheckpoint(file)) {
                LOG.warn("{} is no whole checkpoint, so it is removed", file);
                delete(file); // mostly one that was being deleted
            }
        }
    }

    /** Returns the checkpoints, the latest first. */
    List<Path> list() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path file : children()) {
            if (step(file) >= 0 && CheckpointFiles.isCheckpoint(file)) {
                found.add(file);
            }
        }
        found.sort(Comparator.comparingInt(CheckpointStore::step).reversed());
        return found;
    }

    private List<Path> children() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    /** Returns the step in a name, or -1. */
    static int step(Path checkpoint) {
        Matcher name = NAME.matcher(String.valueOf(checkpoint.getFileName()));
        return name.matches() ? Integer.parseInt(name.group(1)) : -1;
    }

    /** Writes a checkpoint, whole or not at all. */
    Path write(ResumableState.Copy copy, CheckpointFiles.About about) throws IOException {
        Path target = directory.resolve("step-" + copy.steps());
        try (DirectoryReplacement replacement =
                DirectoryReplacement.begin(target, CheckpointFiles.SUMS, name -> true)) {
            CheckpointFiles.write(replacement.staged(), copy, about);
            replacement.commit();
        }
        return target;
    }

    /**
     * Deletes checkpoints; one that cannot be deleted is logged.
     *
     * @param written the one that was written last; it stays
     * @param keep how many stay of it and those before it; 0 is all
     * @param others whether those before it stay at all
     */
    void prune(Path written, int keep, boolean others) throws IOException {
        int kept = 1;
        for (Path checkpoint : list()) {
            if (checkpoint.equals(written)) {
                continue;
            }
            boolean later = step(checkpoint) > step(written);
            if (later || !others || (keep > 0 && kept >= keep)) {
                delete(checkpoint);
            } else {
                kept++;
            }
        }
    }

    private static void delete(Path checkpoint) {
        try {
            CheckpointFiles.delete(checkpoint);
        } catch (DirectoryNotEmptyException e) {
            LOG.debug("{} holds other files, so it stays", checkpoint);
        } catch (IOException e) {
            LOG.warn("{} cannot be deleted: {}", checkpoint, e.toString());
        }
    }
}
