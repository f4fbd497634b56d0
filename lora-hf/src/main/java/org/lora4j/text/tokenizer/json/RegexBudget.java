/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Refuses regular expressions whose work grows faster than the text. The native engine backtracks,
 * and ends the process once a single match has gone back ten million times; so the pattern is tried
 * here, with Java's backtracking engine, on texts of one and of two repeated characters, and may
 * look at each character only so often.
 */
public final class RegexBudget {
    /** How often each character of a text may be looked at, averaged over the text. */
    static final int LOOKS = 128;

    private static final int LONGEST = 16 * 1024;
    private static final int TEXT = 768;
    private static final int MOST_CHARACTERS = 20;
    private static final String USUAL = " a\n\t0A!'\u00e9\u4e2d\u3000_";

    /**
     * Never matches. A pattern with a reference to a group makes Java's engine try the same place
     * again, as the native engine does; otherwise it remembers where a repeated group failed.
     */
    private static final String FORGETFUL = "|(?!)()\\1";

    private RegexBudget() {}

    /** A text that counts how often its characters are read. */
    private static final class Counted implements CharSequence {
        private final String text;
        private final long most;
        private long looks;

        Counted(String text, long most) {
            this.text = text;
            this.most = most;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++looks > most) {
                throw new OverBudget();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final class OverBudget extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OverBudget() {
            super(null, null, false, false);
        }
    }

    /**
     * Checks a pattern.
     *
     * @return how often a single match looks at the characters of a text, at most
     * @throws TokenizerFormatException if it is too long, cannot be read or costs too much
     */
    public static int check(String regex, String place) throws TokenizerFormatException {
        if (regex.length() > LONGEST) {
            throw new TokenizerFormatException(
                    "%s has %s characters; expected at most %s", place, regex.length(), LONGEST);
        }
        if (RegexNesting.repeatsARepeat(regex)) {
            throw new TokenizerFormatException(
                    "%s: the regular expression %s repeats a part that repeats without bound, so"
                            + " that a match may take time without end; expected one like \\s+, not"
                            + " (\\s+)+",
                    place, shown(regex));
        }
        Pattern pattern;
        try {
            Pattern alone = Pattern.compile(RegexNesting.forJava(regex));
            pattern = Pattern.compile("(?:" + alone.pattern() + ")" + FORGETFUL);
        } catch (PatternSyntaxException | StackOverflowError e) {
            throw new TokenizerFormatException(
                    "%s: the regular expression %s cannot be checked for its cost (%s)",
                    place,
                    shown(regex),
                    e instanceof PatternSyntaxException syntax
                            ? syntax.getDescription()
                            : "nested too deeply");
        }
        long most = 0;
        for (String text : texts(regex)) {
            long looks = looks(pattern, text);
            most = Math.max(most, looks);
            if (looks < 0) {
                throw new TokenizerFormatException(
                        "%s: the regular expression %s looks at the characters of a text more than"
                                + " %s times each, so that a long text may take hours; expected a"
                                + " pattern whose work grows with the text alone",
                        place, shown(regex), LOOKS);
            }
        }
        return (int) (most / TEXT) + 1;
    }

    /** Whether a checked pattern matches the place between two characters of a usual text. */
    static boolean matchesNothing(String regex) {
        Pattern pattern = Pattern.compile(RegexNesting.forJava(regex));
        for (String text : texts(regex)) {
            Matcher matcher = pattern.matcher(text);
            while (matcher.find()) {
                if (matcher.end() == matcher.start()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The looks of the costliest single match, or -1 where all together cost too much. */
    private static long looks(Pattern pattern, String text) {
        Counted counted = new Counted(text, (long) LOOKS * text.length());
        Matcher matcher = pattern.matcher(counted);
        long most = 0;
        try {
            boolean found = true;
            while (found) {
                long before = counted.looks;
                found = matcher.find();
                most = Math.max(most, counted.looks - before);
            }
            return most;
        } catch (OverBudget | StackOverflowError e) {
            return -1;
        }
    }

    /** Texts that repeat the usual characters and those of the pattern, alone and in pairs. */
    private static List<String> texts(String regex) {
        List<Integer> characters = new ArrayList<>();
        (USUAL + regex)
                .codePoints()
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .distinct()
                .limit(MOST_CHARACTERS)
                .forEach(characters::add);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < characters.size(); i++) {
            String one = Character.toString(characters.get(i));
            texts.add(one.repeat(TEXT) + "\u0001");
            texts.add("\u0001" + one.repeat(TEXT));
            for (int j = 0; j < i; j++) {
                String other = Character.toString(characters.get(j));
                texts.add((one + other).repeat(TEXT / 2) + "\u0001");
                texts.add(one.repeat(TEXT / 2) + other.repeat(TEXT / 2) + "\u0001");
            }
        }
        return texts;
    }

    static String shown(String regex) {
        return regex.length() > 80 ? regex.substring(0, 80) + "..." : regex;
    }
}
