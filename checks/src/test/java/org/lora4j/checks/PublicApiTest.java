/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PublicApiTest {
    private static final String REWRITE =
            "mvn -q -B -pl checks -am test -Dtest=PublicApiTest"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Dlora4j.api.write=true";

    @Test
    void publicSignaturesAreThoseOfTheDocument() throws IOException {
        Path file = House.root().resolve("docs/api.txt");
        String now = PublicApi.of(House.classes(House.LIBRARIES));
        if (Boolean.getBoolean("lora4j.api.write")) {
            Files.writeString(file, now);
            return;
        }
        String then = Files.isRegularFile(file) ? House.read(file).replace("\r\n", "\n") : "";
        if (!now.equals(then)) {
            fail(
                    "The public API is not what docs/api.txt says:%n%s%n"
                            + "If you meant it: add a line to CHANGELOG.md, then run%n    %s",
                    difference(then, now), REWRITE);
        }
    }

    @Test
    void theTextHoldsWhatACallerCanSee() {
        assertThat(PublicApi.of(Sample.class).lines())
                .containsExactly(
                        "org.lora4j.checks.PublicApiTest.Sample: protected abstract static class"
                                + "<T extends Number> implements AutoCloseable",
                        "    <U> Map<U, @Nullable T[]> all(U[] keys, int... sizes) throws"
                                + " IOException",
                        "    abstract @Nullable String name(List<? super T> list)",
                        "    protected Sample()",
                        "    protected static final int LIMIT");
    }

    @Test
    void theDifferenceNamesTheTypeOfEachLine() {
        String then = "a.B: public final class\n    int x()\n    void y()\n";
        String now = "a.B: public final class\n    long x()\n    void y()\n";
        assertThat(difference(then, now)).isEqualTo("  a.B\n-     int x()\n+     long x()\n");
    }

    /** A line of the text and the type that it belongs to. */
    private record Line(String type, String text) {}

    /** Lines that left and lines that came, each under its type. */
    private static String difference(String then, String now) {
        Set<Line> before = lines(then);
        Set<Line> after = lines(now);
        Map<String, StringBuilder> changes = new TreeMap<>();
        before.stream()
                .filter(line -> !after.contains(line))
                .forEach(line -> add(changes, "- ", line));
        after.stream()
                .filter(line -> !before.contains(line))
                .forEach(line -> add(changes, "+ ", line));
        StringBuilder text = new StringBuilder();
        changes.forEach((type, lines) -> text.append("  ").append(type).append('\n').append(lines));
        return text.toString();
    }

    private static void add(Map<String, StringBuilder> changes, String sign, Line line) {
        changes.computeIfAbsent(line.type(), type -> new StringBuilder())
                .append(sign)
                .append(line.text())
                .append('\n');
    }

    private static Set<Line> lines(String text) {
        Set<Line> lines = new LinkedHashSet<>();
        String type = "";
        for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
            type = line.startsWith(" ") ? type : line.substring(0, line.indexOf(':'));
            lines.add(new Line(type, line));
        }
        return lines;
    }

    /** What the text of an API is tried on. */
    protected abstract static class Sample<T extends Number> implements AutoCloseable {
        /** A constant. */
        protected static final int LIMIT = 1;

        /** Made by subclasses. */
        protected Sample() {}

        /** Uses what is hard to write. */
        public abstract @Nullable String name(List<? super T> list);

        /** Generic, with arrays, variable arity and an exception. */
        public <U> Map<U, @Nullable T[]> all(U[] keys, int... sizes) throws IOException {
            throw new IOException(keys.length + " " + sizes.length + hidden());
        }

        @Override
        public void close() {}

        private int hidden() {
            return LIMIT;
        }
    }
}
