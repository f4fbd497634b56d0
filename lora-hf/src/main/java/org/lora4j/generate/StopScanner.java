/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a text that comes in pieces before the stop string that is complete first, and hands out
 * what cannot be a part of one. For one text and one thread.
 */
final class StopScanner {
    private final List<String> stops;
    private final int longest;
    private final StringBuilder text = new StringBuilder();
    private int handedOut;
    private @Nullable String found;
    private boolean ended;

    StopScanner(List<String> stops) {
        this.stops = stops;
        this.longest = stops.stream().mapToInt(String::length).max().orElse(0);
    }

    /**
     * Takes more text.
     *
     * @param certain what is final
     * @param pending what would follow it if the text ended now: a stop string may be in it, but it
     *     is not handed out
     * @return what may be handed out
     */
    String add(String certain, String pending) {
        int from = Math.max(0, text.length() - longest + 1);
        text.append(certain);
        int end = text.length();
        if (longest == 0) {
            return handOut(end);
        }
        text.append(pending);
        int stop = search(from);
        if (stop >= 0) {
            text.setLength(stop);
            ended = true;
            return handOut(stop);
        }
        text.setLength(end);
        return handOut(end - held());
    }

    /**
     * Where the stop string is that ends first, of several that end at one place the longest: the
     * same in whatever pieces the text comes.
     */
    private int search(int from) {
        int first = -1;
        int firstEnd = Integer.MAX_VALUE;
        for (String stop : stops) {
            int at = text.indexOf(stop, from);
            int end = at + stop.length();
            if (at >= 0 && (end < firstEnd || (end == firstEnd && at < first))) {
                first = at;
                firstEnd = end;
                found = stop;
            }
        }
        return first;
    }

    /** How many characters of the end may begin a stop string. */
    private int held() {
        String tail = text.substring(Math.max(0, text.length() - longest + 1));
        for (int from = 0; from < tail.length(); from++) {
            String end = tail.substring(from);
            if (stops.stream().anyMatch(s -> s.length() > end.length() && s.startsWith(end))) {
                return end.length();
            }
        }
        return 0;
    }

    private String handOut(int end) {
        if (end <= handedOut) {
            return "";
        }
        String piece = text.substring(handedOut, end);
        handedOut = end;
        return piece;
    }

    /** The rest: no text follows. */
    String finish() {
        ended = true;
        return handOut(text.length());
    }

    Optional<String> found() {
        return Optional.ofNullable(found);
    }

    boolean ended() {
        return ended;
    }

    /** What was handed out. */
    String text() {
        return text.substring(0, handedOut);
    }
}
