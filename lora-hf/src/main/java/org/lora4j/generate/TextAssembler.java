/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenKinds;

/**
 * Makes text of tokens as they come. The pieces together are what {@link
 * TextTokenizer#decode(int[], boolean)} makes of all tokens without the special ones, cut before
 * the first stop string:
 *
 * <ul>
 *   <li>a piece never ends inside a character, though a token may: emoji and Chinese characters are
 *       often several tokens. A run of byte tokens such as {@code <0xE4>} is held back until it
 *       ends, since one broken byte makes all of it replacement characters;
 *   <li>text that may be the beginning of a stop string is held back until it is not;
 *   <li>the cost of a token does not grow with the text: a few tokens before it are decoded again.
 * </ul>
 *
 * <p>For one text and one thread.
 */
public final class TextAssembler {
    private static final char BROKEN = '\uFFFD';
    private static final int WINDOW = 8;

    /** In bytes: with so many before it, the start of a character cannot be cut off. */
    private static final int LONGEST_CHARACTER = 4;

    /** A longer run of bytes is looked at now and then only, lest its cost grow as its square. */
    private static final int LONG_RUN = 64;

    private final TextTokenizer tokenizer;
    private final TokenKinds kinds;
    private final StopScanner scanner;

    /** The last tokens; those before them no longer matter. */
    private int[] window = new int[4 * WINDOW];

    private int size;
    private int trimAt = 2 * WINDOW;

    /** What of the window's text is final, and with the scanner. */
    private String settled = "";

    private int run;

    private TextAssembler(TextTokenizer tokenizer, List<String> stopStrings) {
        this.tokenizer = tokenizer;
        this.kinds = tokenizer.kinds();
        this.scanner = new StopScanner(stopStrings);
    }

    /**
     * An assembler for one text.
     *
     * @param tokenizer what decodes the tokens; must stay open
     * @param rules the stop strings; end tokens are the caller's to look for
     * @return the assembler, which has no token yet
     */
    public static TextAssembler of(TextTokenizer tokenizer, StopRules rules) {
        return new TextAssembler(tokenizer, rules.stopStrings());
    }

    /**
     * Takes the next token.
     *
     * @param token an id; special tokens, and ids that the tokenizer does not have, add no text
     * @return the text that is certain now and was not before, often empty
     * @throws IllegalStateException if the text has ended
     */
    public String add(int token) {
        if (scanner.ended()) {
            throw new IllegalStateException(
                    "the text has ended; expected no token after stopped() or finish()");
        }
        if (kinds.isSpecial(token)) {
            return "";
        }
        if (size == window.length) {
            window = Arrays.copyOf(window, 2 * size);
        }
        window[size++] = token;
        if (kinds.isByte(token)) {
            run++;
            if (run > LONG_RUN && run % LONG_RUN != 0) {
                return "";
            }
        }
        String text = decode(0, size);
        if (!kinds.isByte(token) && run > 0 && !text.equals(decode(0, size - 1))) {
            run = 0; // an id that the tokenizer does not have ends no run
        }
        if (!text.startsWith(settled)) {
            return ""; // no decoder that we know takes text back; finish() sees what it is
        }
        int certain = run > 0 ? settled.length() : text.length();
        if (run == 0 && text.endsWith(String.valueOf(BROKEN))) {
            certain = Math.max(settled.length(), text.length() - 1); // may be half a character
        }
        String pending = text.substring(certain);
        String fresh = scanner.add(text.substring(settled.length(), certain), pending);
        settled = text.substring(0, certain);
        if (size >= trimAt && run == 0) {
            trim(pending);
        }
        return fresh;
    }

    /** Forgets tokens, where the rest gives the same text without them. */
    private void trim(String pending) {
        int from = size - WINDOW;
        while (from > 0 && kinds.isByte(window[from])) {
            from--; // a run of bytes is one
        }
        String text = decode(from, size);
        if (text.length() >= pending.length() + LONGEST_CHARACTER && text.endsWith(pending)) {
            System.arraycopy(window, from, window, 0, size - from);
            size -= from;
            settled = text.substring(0, text.length() - pending.length());
        }
        trimAt = 2 * Math.max(WINDOW, size);
    }

    private String decode(int from, int to) {
        return tokenizer.decode(Arrays.copyOfRange(window, from, to), false);
    }

    /**
     * Ends the text: nothing follows, so that what was held back is certain.
     *
     * @return the rest of the text; empty where a stop string ended it, or it was finished before
     */
    public String finish() {
        if (scanner.ended()) {
            return "";
        }
        String text = decode(0, size);
        int common = 0;
        while (common < Math.min(text.length(), settled.length())
                && text.charAt(common) == settled.charAt(common)) {
            common++;
        }
        return scanner.add(text.substring(common), "") + scanner.finish();
    }

    /**
     * Whether a stop string has ended the text.
     *
     * @return true if no token may follow
     */
    public boolean stopped() {
        return scanner.found().isPresent();
    }

    /**
     * The stop string that ended the text.
     *
     * @return the first of them in the text, or empty
     */
    public Optional<String> stopString() {
        return scanner.found();
    }

    /**
     * The text so far: all pieces together.
     *
     * @return the text without what is held back
     */
    public String text() {
        return scanner.text();
    }
}
