/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names of temporary files and directories: a dot, the target's name, who makes it, and a suffix.
 * The maker is a process and when it began, so that a later one can tell what a killed process left
 * behind from what another is still writing.
 *
 * @param maker the process, its beginning, and a random number
 */
record TemporaryName(String maker) {
    private static final Pattern NAME =
            Pattern.compile(
                    "\\.(?<target>.+)\\.(?<pid>\\d+)(?:-(?<start>\\d+)-[0-9a-f]+)?"
                            + "\\.(?:tmp|old|new)");

    /** The clock by which the system counts a process's beginning may be set. */
    private static final long TOLERANCE_MILLIS = 2000;

    /** Returns a name of this process. */
    static TemporaryName create() {
        ProcessHandle process = ProcessHandle.current();
        String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
        return new TemporaryName(process.pid() + "-" + start(process) + "-" + random);
    }

    private static long start(ProcessHandle process) {
        return process.info().startInstant().map(i -> i.toEpochMilli()).orElse(0L);
    }

    /** Returns a path beside a target. */
    Path beside(Path target, String suffix) {
        return target.resolveSibling("." + target.getFileName() + "." + maker + suffix);
    }

    /** Returns what killed processes left in a directory, of the targets of one name or of all. */
    static List<Path> leftovers(Path directory, String target) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, ".*")) {
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()
                        && (target.isEmpty() || name.group("target").equals(target))
                        && !isAlive(name.group("pid"), name.group("start"))) {
                    found.add(file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        found.sort(null);
        return found;
    }

    /** Process numbers are reused, in containers very soon. */
    private static boolean isAlive(String pid, @Nullable String start) {
        if (pid.length() > 18) {
            return true; // not one of ours
        }
        ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElse(null);
        if (process == null || !process.isAlive()) {
            return false;
        }
        if (start == null || start.length() > 18) {
            return process.pid() != ProcessHandle.current().pid();
        }
        long began = start(process);
        return began == 0 || Math.abs(began - Long.parseLong(start)) <= TOLERANCE_MILLIS;
    }

    /** Returns the path of the same maker with another suffix. */
    static Path sibling(Path temporary, String suffix, String otherSuffix) {
        String name = String.valueOf(temporary.getFileName());
        return temporary.resolveSibling(
                name.substring(0, name.length() - suffix.length()) + otherSuffix);
    }
}
