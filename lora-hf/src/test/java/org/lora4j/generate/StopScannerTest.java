/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class StopScannerTest {
    private static String word(Random random, int longest) {
        StringBuilder word = new StringBuilder();
        int length = 1 + random.nextInt(longest);
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(2)));
        }
        return word.toString();
    }

    @Property
    void thePiecesAreTheTextBeforeTheFirstStopString(
            @ForAll long seed, @ForAll @IntRange(max = 3) int stopCount) {
        Random random = new Random(seed);
        List<String> stops = new ArrayList<>();
        for (int i = 0; i < stopCount; i++) {
            stops.add(word(random, 6));
        }
        String text = word(random, 60);
        String expected = before(text, stops);
        StopScanner scanner = new StopScanner(stops);
        StringBuilder pieces = new StringBuilder();
        int at = 0;
        while (at < text.length() && !scanner.ended()) {
            int next = Math.min(text.length(), at + random.nextInt(4));
            pieces.append(scanner.add(text.substring(at, next), ""));
            assertThat(expected).as("never to be taken back").startsWith(pieces);
            at = next;
        }
        pieces.append(scanner.finish());
        assertThat(pieces.toString()).isEqualTo(expected).isEqualTo(scanner.text());
        assertThat(scanner.found().isPresent()).isEqualTo(expected.length() < text.length());
        scanner.found().ifPresent(stop -> assertThat(text).startsWith(expected + stop));
    }

    /** What comes before the stop string that is complete first, a character at a time. */
    private static String before(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String sofar = text.substring(0, end);
            int longest =
                    stops.stream().filter(sofar::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                return text.substring(0, end - longest);
            }
        }
        return text;
    }

    @Test
    void whatMayBeginAStopStringIsHeldBackAndNothingElse() {
        StopScanner scanner = new StopScanner(List.of("\n\nUser:", "END"));
        assertThat(scanner.add("Hello\n", "")).isEqualTo("Hello");
        assertThat(scanner.add("world\n", "")).isEqualTo("\nworld");
        assertThat(scanner.add("\nUse", "")).isEmpty();
        assertThat(scanner.add("ful EN", "")).isEqualTo("\n\nUseful ");
        assertThat(scanner.add("", "D")).as("found in what is pending").isEmpty();
        assertThat(scanner.ended()).isTrue();
        assertThat(scanner.found()).hasValue("END");
        assertThat(scanner.text()).isEqualTo("Hello\nworld\n\nUseful ");
        assertThat(scanner.finish()).isEmpty();
    }

    @Test
    void atTheEndWhatWasHeldBackIsText() {
        StopScanner scanner = new StopScanner(List.of("abc"));
        assertThat(scanner.add("xab", "")).isEqualTo("x");
        assertThat(scanner.add("", "d")).isEmpty();
        assertThat(scanner.finish()).isEqualTo("ab");
        assertThat(scanner.found()).isEmpty();
    }
}
