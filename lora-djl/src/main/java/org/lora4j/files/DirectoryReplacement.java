/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that is written whole beside its target and then takes the target's place.
 *
 * <p>Where the target is missing or empty, one rename does it. Else there are two: the old
 * directory is moved aside, the new one moved in. A process that is killed before the first leaves
 * the old directory, one that is killed after the second the new one; what it leaves beside them is
 * removed by the next replacement of the same target. Between the two, a few microseconds, the
 * target is missing and both directories lie beside it, whole, under names that begin with a dot
 * and the target's name and end in {@code .old} and {@code .new}: {@link #recover}, which the next
 * replacement begins with, moves the new one in.
 *
 * <p>What the old directory holds beside the files that are replaced is kept: it is moved into the
 * new one last. Where the directory or what is kept in it cannot be moved, as the mount point of a
 * volume, files are moved one by one; the one that readers look for first is taken away before and
 * put there last, so that no reader takes a mixture for a whole. Not thread-safe.
 */
public final class DirectoryReplacement implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryReplacement.class);
    private static final String NEW = ".new";
    private static final String OLD = ".old";

    private final Path target;
    private final String last;
    private final Predicate<String> replaced;
    private final Path staged;
    private final Path old;
    private final AtomicFiles.Mover mover;

    private DirectoryReplacement(
            Path target,
            String last,
            Predicate<String> replaced,
            Path staged,
            Path old,
            AtomicFiles.Mover mover) {
        this.target = target;
        this.staged = staged;
        this.old = old;
        this.last = last;
        this.replaced = replaced;
        this.mover = mover;
    }

    /**
     * Makes an empty directory to write to.
     *
     * @param directory the target; a link to a directory stays, and what it names is replaced
     * @param last the file that readers look for first
     * @param replaced which files and directories of the target, by name, go with the old content;
     *     others are kept
     * @return the replacement; the caller closes it
     * @throws IOException if nothing can be written there
     */
    public static DirectoryReplacement begin(
            Path directory, String last, Predicate<String> replaced) throws IOException {
        return begin(directory, last, replaced, TemporaryName.create(), AtomicFiles.Mover.ATOMIC);
    }

    static DirectoryReplacement begin(
            Path directory,
            String last,
            Predicate<String> replaced,
            TemporaryName name,
            AtomicFiles.Mover mover)
            throws IOException {
        Path target = real(directory);
        recover(target, last, replaced);
        Path parent = target.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Path staged = name.beside(target, NEW);
        try {
            Files.createDirectory(staged);
        } catch (IOException e) {
            if (!Files.isDirectory(target)) {
                throw e;
            }
            LOG.debug("nothing can be made beside {}, so it is made inside: {}", target, "" + e);
            staged = name.beside(target.resolve(String.valueOf(target.getFileName())), NEW);
            Files.createDirectory(staged);
        }
        Path old = name.beside(target, OLD);
        return new DirectoryReplacement(target, last, replaced, staged, old, mover);
    }

    /** An absolute path, links followed. */
    private static Path real(Path directory) throws IOException {
        return Files.exists(directory)
                ? directory.toRealPath()
                : directory.toAbsolutePath().normalize();
    }

    /**
     * Returns the directory to write to.
     *
     * @return an empty directory, which {@link #commit} moves to the target's place
     */
    public Path staged() {
        return staged;
    }

    /**
     * Puts the new directory in the target's place.
     *
     * @throws IOException if it cannot be moved; then the target is as it was, except where it
     *     could only be replaced file by file
     */
    public void commit() throws IOException {
        AtomicFiles.forceDirectory(staged);
        putInPlace();
        Path parent = target.getParent();
        if (parent != null) {
            AtomicFiles.forceDirectory(parent);
        }
    }

    private void putInPlace() throws IOException {
        boolean beside = old.getParent() != null && old.getParent().equals(staged.getParent());
        if (!beside) {
            moveFiles();
            return;
        }
        if (!Files.exists(target) || isEmpty(target)) {
            moveIn();
            return;
        }
        try {
            mover.move(target, old);
        } catch (FileSystemException e) {
            LOG.debug("{} cannot be renamed: {}", target, e.toString());
            moveFiles();
            return;
        }
        try {
            mover.move(staged, target);
        } catch (IOException | RuntimeException e) {
            mover.move(old, target);
            throw e;
        }
        finish();
    }

    private void moveIn() throws IOException {
        try {
            mover.move(staged, target);
        } catch (FileSystemException e) { // Windows renames over no directory, even an empty one
            LOG.debug("{} cannot be renamed to: {}", target, e.toString());
            moveFiles();
        }
    }

    /**
     * Keeps what is no part of the old content, and deletes the rest. What cannot be moved stays in
     * its directory, which gets the new files one by one.
     */
    private void finish() throws IOException {
        List<Path> moved = new ArrayList<>();
        try {
            for (Path kept : children(old)) {
                String name = String.valueOf(kept.getFileName());
                Path place = target.resolve(name);
                if (!replaced.test(name) && !Files.exists(place)) {
                    mover.move(kept, place);
                    moved.add(place);
                }
            }
        } catch (FileSystemException e) {
            LOG.debug("{} cannot be moved: {}", e.getFile(), e.toString());
            for (Path place : moved) {
                mover.move(place, old.resolve(String.valueOf(place.getFileName())));
            }
            mover.move(target, staged);
            mover.move(old, target);
            moveFiles();
            return;
        }
        delete(old);
    }

    /** Without the last file the directory is no longer what it was, and not yet the new one. */
    private void moveFiles() throws IOException {
        Files.deleteIfExists(target.resolve(last));
        for (Path child : children(target)) {
            boolean own = child.equals(staged);
            if (!own && replaced.test(String.valueOf(child.getFileName()))) {
                delete(child);
            }
        }
        List<Path> files = new ArrayList<>(children(staged));
        Path lastFile = staged.resolve(last);
        if (files.remove(lastFile)) {
            files.add(lastFile);
        }
        for (Path file : files) {
            Path place = target.resolve(String.valueOf(file.getFileName()));
            delete(place);
            move(file, place);
        }
        delete(staged);
    }

    private static void move(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            Files.move(from, to);
            return;
        }
        Files.createDirectory(to); // a directory cannot be moved to another file system
        for (Path child : children(from)) {
            move(child, to.resolve(String.valueOf(child.getFileName())));
        }
    }

    /**
     * Finishes, or removes, what killed processes left of replacements of a directory.
     *
     * @param directory the target
     * @param last the file that readers look for first
     * @param replaced which of its files and directories go with the old content
     * @throws IOException if something cannot be moved or deleted
     */
    public static void recover(Path directory, String last, Predicate<String> replaced)
            throws IOException {
        Path target = real(directory);
        Path parent = target.getParent();
        Path name = target.getFileName();
        if (parent == null || name == null || !Files.isDirectory(parent)) {
            return;
        }
        List<Path> leftovers = TemporaryName.leftovers(parent, name.toString());
        List<Path> unclear = new ArrayList<>();
        for (Path old : leftovers) {
            if (old.toString().endsWith(OLD)) {
                Path whole = TemporaryName.sibling(old, OLD, NEW);
                DirectoryReplacement begun =
                        new DirectoryReplacement(
                                target, last, replaced, whole, old, AtomicFiles.Mover.ATOMIC);
                if (!begun.complete()) {
                    unclear.addAll(List.of(old, whole));
                }
            }
        }
        leftovers.removeAll(unclear);
        if (Files.isDirectory(target)) { // what lay in it where nothing could lie beside it
            leftovers.addAll(TemporaryName.leftovers(target, ""));
        }
        for (Path leftover : leftovers) {
            delete(leftover);
        }
    }

    /** Completes what a killed process began; returns whether it is clear what that was. */
    private boolean complete() throws IOException {
        boolean between = Files.isDirectory(staged);
        boolean free = !Files.exists(target) || isEmpty(target);
        if (between && !free) {
            LOG.warn("{} and {} are left of a replacement, and {} is new", old, staged, target);
            return false;
        }
        if (free) {
            LOG.warn("{} was being replaced when the process ended; it is completed", target);
            Files.deleteIfExists(target);
            mover.move(between ? staged : old, target);
        }
        if (Files.exists(old)) {
            finish();
        }
        return true;
    }

    private static boolean isEmpty(Path directory) throws IOException {
        return children(directory).isEmpty();
    }

    private static List<Path> children(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    /** Deletes a file or a directory with what is in it; links are not followed. */
    static void delete(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            for (Path child : children(path)) {
                delete(child);
            }
        }
        Files.deleteIfExists(path);
    }

    /** Removes what was written and not committed. */
    @Override
    public void close() {
        try {
            delete(staged);
        } catch (IOException e) {
            LOG.warn("The temporary directory {} stays behind: {}", staged, e.toString());
        }
    }
}
