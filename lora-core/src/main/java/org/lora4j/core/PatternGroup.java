/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/**
 * A group of a pattern while it is read, or the whole pattern: what a quantifier would repeat, and
 * how many characters the group takes, which Python wants to be one number in a look-behind.
 */
final class PatternGroup {
    /** More characters than any pattern asks for. */
    static final long ENDLESS = Integer.MAX_VALUE;

    /** What stands before a quantifier. */
    enum Item {
        NOTHING,
        ANCHOR,
        ATOM,
        REPEATED
    }

    /** What a group does with the text it matches. */
    enum Kind {
        TAKES_TEXT,
        LOOK_AHEAD,
        LOOK_BEHIND
    }

    /** The fewest and the most characters that something takes. */
    record Width(long least, long most) {
        static final Width NONE = new Width(0, 0);
        static final Width ONE = new Width(1, 1);

        Width plus(Width other) {
            return capped(least + other.least, most + other.most);
        }

        Width times(Width counts) {
            return capped(least * counts.least, most * counts.most);
        }

        Width or(Width other) {
            return new Width(Math.min(least, other.least), Math.max(most, other.most));
        }

        private static Width capped(long least, long most) {
            return new Width(Math.min(least, ENDLESS), Math.min(most, ENDLESS));
        }
    }

    private final int start;
    private final int number;
    private final Kind kind;
    private final RegexFlags outerFlags;
    private Item last = Item.NOTHING;
    private Width lastWidth = Width.NONE;
    private Width beforeLast = Width.NONE;
    private Width branch = Width.NONE;
    private Width branches = new Width(ENDLESS, 0);

    PatternGroup(int start, int number, Kind kind, RegexFlags outerFlags) {
        this.start = start;
        this.number = number;
        this.kind = kind;
        this.outerFlags = outerFlags;
    }

    int start() {
        return start;
    }

    /** The group's number, or 0 if it captures nothing. */
    int number() {
        return number;
    }

    Kind kind() {
        return kind;
    }

    RegexFlags outerFlags() {
        return outerFlags;
    }

    void add(Item item, Width width) {
        last = item;
        lastWidth = width;
        beforeLast = branch;
        branch = branch.plus(width);
    }

    /** Repeats the last item. */
    void repeat(Width counts, int at) throws PythonRegex.SyntaxException {
        if (last == Item.NOTHING || last == Item.ANCHOR) {
            throw new PythonRegex.SyntaxException("nothing to repeat", at);
        }
        if (last == Item.REPEATED) {
            throw new PythonRegex.SyntaxException("multiple repeat", at);
        }
        last = Item.REPEATED;
        branch = beforeLast.plus(lastWidth.times(counts));
    }

    void nextBranch() {
        branches = branches.or(branch);
        branch = Width.NONE;
        last = Item.NOTHING;
    }

    /** Ends the group; how much text it takes where it stands. */
    Width close() throws PythonRegex.SyntaxException {
        Width whole = branches.or(branch);
        if (kind == Kind.LOOK_BEHIND && whole.least() != whole.most()) {
            throw new PythonRegex.SyntaxException(
                    "look-behind requires fixed-width pattern", start);
        }
        return kind == Kind.TAKES_TEXT ? whole : Width.NONE;
    }
}
