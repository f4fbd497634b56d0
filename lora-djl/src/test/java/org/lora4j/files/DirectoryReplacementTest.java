/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs({OS.LINUX, OS.MAC})
final class DirectoryReplacementTest {
    private static final Predicate<String> MODEL =
            name ->
                    name.matches(
                            "config\\.json|model\\.safetensors|chat_template\\.jinja|1_Pooling");

    private static final Map<String, String> NEW =
            Map.of(
                    "config.json",
                    "new",
                    "model.safetensors",
                    "new",
                    "1_Pooling/config.json",
                    "new");

    /** What the target holds after the new directory took its place. */
    private static final Map<String, String> REPLACED = with(NEW, "notes/a.txt", "mine");

    private static final Map<String, String> OLD =
            Map.of(
                    "config.json", "old",
                    "model.safetensors", "old",
                    "chat_template.jinja", "old",
                    "notes/a.txt", "mine");

    /** The process ends here: nothing is caught or cleaned up. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    @TempDir private Path parent = Path.of("");

    private static Map<String, String> with(Map<String, String> files, String name, String text) {
        Map<String, String> more = new TreeMap<>(files);
        more.put(name, text);
        return more;
    }

    private Path target() {
        return parent.resolve("model");
    }

    private static void write(Path directory, Map<String, String> files) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
    }

    private static Map<String, String> read(Path directory) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                files.put(directory.relativize(file).toString(), Files.readString(file));
            }
        }
        return files;
    }

    private void assertAlone() throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            assertThat(files).containsExactly(target());
        }
    }

    private void replace() throws IOException {
        try (DirectoryReplacement place =
                DirectoryReplacement.begin(target(), "config.json", MODEL)) {
            write(place.staged(), NEW);
            place.commit();
        }
    }

    @Test
    void aDirectoryIsMadeOrReplacedAndOtherFilesStay() throws IOException {
        replace();
        assertThat(read(target())).isEqualTo(NEW);
        assertAlone();
        DirectoryReplacement.delete(target());
        Files.createDirectory(target());
        replace();
        assertThat(read(target())).isEqualTo(NEW);
        DirectoryReplacement.delete(target());
        write(target(), OLD);
        replace();
        assertThat(read(target())).isEqualTo(REPLACED);
        assertAlone();
    }

    @Test
    void withoutACommitNothingIsLeft() throws IOException {
        write(target(), OLD);
        try (DirectoryReplacement place =
                DirectoryReplacement.begin(target(), "config.json", MODEL)) {
            write(place.staged(), NEW);
        }
        assertThat(read(target())).isEqualTo(OLD);
        assertAlone();
    }

    @Test
    void aLinkToADirectoryStays() throws IOException {
        Path real = parent.resolve("disk");
        write(real, OLD);
        Files.createSymbolicLink(target(), real);
        replace();
        assertThat(target()).isSymbolicLink();
        assertThat(read(real)).isEqualTo(REPLACED);
    }

    /** Dies before and after each rename; the next replacement finds old or new, whole. */
    @Test
    void aProcessThatIsKilledLeavesOneOfTheTwo() throws IOException {
        for (int step = 0; step < 4; step++) {
            write(target(), OLD);
            int end = step;
            int[] calls = {0};
            TemporaryName dead = new TemporaryName("999999999-1-" + step + "a");
            DirectoryReplacement place =
                    DirectoryReplacement.begin(
                            target(),
                            "config.json",
                            MODEL,
                            dead,
                            (from, to) -> {
                                if (calls[0]++ == end) {
                                    throw new Killed();
                                }
                                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                                if (calls[0]++ == end) {
                                    throw new Killed();
                                }
                            });
            write(place.staged(), NEW);
            assertThatThrownBy(place::commit).isInstanceOf(Killed.class);
            if (step == 0) {
                assertThat(read(target())).isEqualTo(OLD);
            } else if (step < 3) {
                assertThat(target()).doesNotExist();
                if (step == 2) { // as a command line does that prepares its output
                    Files.createDirectory(target());
                }
            } else {
                assertThat(read(target())).isEqualTo(NEW);
            }
            DirectoryReplacement.recover(target(), "config.json", MODEL);
            assertThat(read(target())).isEqualTo(step == 0 ? OLD : REPLACED);
            assertAlone();
            DirectoryReplacement.delete(target());
        }
    }

    @Test
    void whatALiveProcessWritesIsLeftAlone() throws IOException {
        try (DirectoryReplacement first =
                DirectoryReplacement.begin(target(), "config.json", MODEL)) {
            replace();
            write(first.staged(), NEW);
            first.commit();
        }
        assertThat(read(target())).isEqualTo(NEW);
        assertAlone();
    }

    @Test
    void aNewTargetBesideBothHalvesIsNotTouched() throws IOException {
        write(target(), with(OLD, "config.json", "newest"));
        write(parent.resolve(".model.999999999-1-a.old"), OLD);
        write(parent.resolve(".model.999999999-1-a.new"), NEW);
        DirectoryReplacement.recover(target(), "config.json", MODEL);
        assertThat(read(target())).containsEntry("config.json", "newest");
        assertThat(read(parent.resolve(".model.999999999-1-a.old"))).isEqualTo(OLD);
    }

    @Test
    void aDirectoryThatCannotBeRenamedIsReplacedFileByFile() throws IOException {
        write(target(), OLD);
        try (DirectoryReplacement place =
                DirectoryReplacement.begin(
                        target(),
                        "config.json",
                        MODEL,
                        TemporaryName.create(),
                        (from, to) -> {
                            throw new AccessDeniedException(from.toString());
                        })) {
            write(place.staged(), NEW);
            place.commit();
        }
        assertThat(read(target())).isEqualTo(REPLACED);
        assertAlone();
    }

    /** As the mount point of a volume, or a directory without permission to write. */
    @Test
    void whatIsKeptAndCannotBeMovedStaysWhereItIs() throws IOException {
        write(target(), with(OLD, "logs/b.txt", "mine"));
        try (DirectoryReplacement place =
                DirectoryReplacement.begin(
                        target(),
                        "config.json",
                        MODEL,
                        TemporaryName.create(),
                        (from, to) -> {
                            if (from.endsWith("notes")) {
                                throw new AccessDeniedException(from.toString());
                            }
                            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                        })) {
            write(place.staged(), NEW);
            place.commit();
        }
        assertThat(read(target())).isEqualTo(with(REPLACED, "logs/b.txt", "mine"));
        assertAlone();
    }

    @Test
    void leftoversOfKilledProcessesAreRemovedAndOthersStay() throws IOException {
        Path directory = Files.createDirectory(target());
        long own = ProcessHandle.current().pid();
        for (String name :
                new String[] {
                    ".loss.csv.999999999.tmp",
                    ".loss.csv." + own + ".tmp", // of another process with our number
                    ".a.999999999-12-ab.old",
                    ".a." + own + "-12-ab.tmp"
                }) {
            Files.writeString(directory.resolve(name), "x");
        }
        Path alive = TemporaryName.create().beside(directory.resolve("a"), ".tmp");
        Files.writeString(alive, "x");
        Files.writeString(directory.resolve(".notes.tmp"), "x");
        AtomicFiles.removeLeftovers(directory);
        assertThat(read(directory).keySet())
                .containsExactlyInAnyOrder(alive.getFileName().toString(), ".notes.tmp");
    }

    /** Of a set of files, dying between two renames leaves no file that readers look for first. */
    @Test
    void aSetOfFilesIsNeverAMixture() throws IOException {
        for (int step = 0; step < 3; step++) {
            write(target(), OLD);
            int end = step;
            int[] calls = {0};
            AtomicFiles files =
                    new AtomicFiles(
                            (from, to) -> {
                                if (calls[0]++ == end) {
                                    throw new Killed();
                                }
                                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
                            });
            files.stage(target().resolve("model.safetensors"), AtomicFiles.Content.of("new"));
            files.stage(target().resolve("config.json"), AtomicFiles.Content.of("new"));
            if (step < 2) {
                assertThatThrownBy(files::commit).isInstanceOf(Killed.class);
                assertThat(target().resolve("config.json")).doesNotExist();
            } else {
                files.commit();
                files.close();
                assertThat(target().resolve("config.json")).hasContent("new");
            }
            DirectoryReplacement.delete(target());
        }
    }
}
