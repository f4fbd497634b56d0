/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.safetensors.SafeTensorsWriter;

final class AtomicFilesTest {
    @TempDir private Path dir = Path.of("");

    @Test
    void nothingChangesBeforeTheCommitAndEverythingAfter() throws IOException {
        Path a = Files.writeString(dir.resolve("a"), "old");
        try (AtomicFiles files = new AtomicFiles()) {
            files.stage(a, AtomicFiles.Content.of("new"));
            files.stage(dir.resolve("b"), AtomicFiles.Content.of("é"));
            assertThat(a).hasContent("old");
            assertThat(dir.resolve("b")).doesNotExist();
            files.commit();
        }
        assertThat(a).hasContent("new");
        assertThat(dir.resolve("b")).hasContent("é");
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void closingWithoutACommitLeavesTheOldFiles() throws IOException {
        Path a = Files.writeString(dir.resolve("a"), "old");
        try (AtomicFiles files = new AtomicFiles()) {
            files.stage(a, AtomicFiles.Content.of("new"));
        }
        assertThat(a).hasContent("old");
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void aRenameThatFailsPutsBackThoseBeforeIt() throws IOException {
        Path a = Files.writeString(dir.resolve("a"), "old a");
        Path c = Files.writeString(dir.resolve("c"), "old c");
        int[] moves = {0};
        try (AtomicFiles files =
                new AtomicFiles(
                        (from, to) -> {
                            if (moves[0]++ == 2) {
                                throw new IOException("disk gone");
                            }
                            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                        })) {
            files.stage(a, AtomicFiles.Content.of("new a"));
            files.stage(dir.resolve("b"), AtomicFiles.Content.of("new b"));
            files.stage(c, AtomicFiles.Content.of("new c"));
            assertThatThrownBy(files::commit)
                    .isInstanceOf(IOException.class)
                    .hasMessage("disk gone")
                    .hasNoSuppressedExceptions();
        }
        assertThat(a).hasContent("old a");
        assertThat(dir.resolve("b")).doesNotExist();
        assertThat(c).hasContent("old c");
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void anInterruptedThreadWritesAndReadsAndStaysInterrupted() throws IOException {
        Path file = dir.resolve("x.safetensors");
        Thread.currentThread().interrupt();
        try (NDManager manager = NDManager.newBaseManager()) {
            new SafeTensorsWriter().add("x", manager.create(new float[] {1.5f, -2, 7})).write(file);
            try (SafeTensors tensors = SafeTensors.open(file)) {
                assertThat(tensors.read(manager, "x").toFloatArray()).containsExactly(1.5f, -2, 7);
            }
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void aDirectoryIsNotReplaced() throws IOException {
        Path target = Files.createDirectory(dir.resolve("d"));
        assertThatThrownBy(() -> AtomicFiles.write(target, AtomicFiles.Content.of("x")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is a directory");
        assertThat(count()).isEqualTo(1);
    }

    @Test
    void newFilesHaveTheUsersPermissions() throws IOException {
        Path ordinary = Files.writeString(dir.resolve("ordinary"), "x");
        Path atomic = dir.resolve("atomic");
        AtomicFiles.write(atomic, AtomicFiles.Content.of("x"));
        if (Files.getFileStore(dir).supportsFileAttributeView("posix")) {
            assertThat(Files.getPosixFilePermissions(atomic))
                    .isEqualTo(Files.getPosixFilePermissions(ordinary));
        }
    }

    private long count() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.count();
        }
    }

    @Test
    void anErrorOfADiskNamesTheFile() {
        Path target = dir.resolve("full");
        assertThatThrownBy(
                        () ->
                                AtomicFiles.write(
                                        target,
                                        out -> {
                                            out.close(); // a write fails as on a full disk
                                            out.write(1);
                                        }))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(target + ": cannot be written");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDeviceIsNotReplaced() {
        Path device = Path.of("/dev/null");
        assertThatThrownBy(() -> AtomicFiles.write(device, AtomicFiles.Content.of("x")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("/dev/null: is a device");
    }
}
