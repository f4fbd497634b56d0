/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/**
 * Checks a {@code precompiled_charsmap}: the size of a double array in bytes, its units, then
 * replacements that end with NUL. The native reader follows the array without looking at its
 * bounds, so every unit that a text can reach is visited here.
 */
final class Charsmap {
    private static final int BLOCK = 256;

    private final int[] units;
    private final byte[] replacements;
    private final String place;

    private Charsmap(int[] units, byte[] replacements, String place) {
        this.units = units;
        this.replacements = replacements;
        this.place = place;
    }

    static void check(String base64, String place) throws TokenizerFormatException {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new TokenizerFormatException("%s is not base64: %s", place, e.getMessage());
        }
        if (base64.length() % 4 != 0) {
            throw new TokenizerFormatException("%s is not base64: its end is missing", place);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long size = buffer.remaining() < 4 ? -1 : Integer.toUnsignedLong(buffer.getInt());
        if (size < 4 || size > buffer.remaining()) {
            throw new TokenizerFormatException(
                    "%s has %s bytes, too few for the table that it begins", place, bytes.length);
        }
        int[] units = new int[(int) (size / 4)];
        for (int i = 0; i < units.length; i++) {
            units[i] = buffer.getInt();
        }
        byte[] replacements = new byte[buffer.remaining()];
        buffer.get(replacements);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(replacements));
        } catch (CharacterCodingException e) {
            throw new TokenizerFormatException("%s has replacements that are not UTF-8", place);
        }
        new Charsmap(units, replacements, place).visit();
    }

    private void visit() throws TokenizerFormatException {
        BitSet seen = new BitSet(units.length);
        Deque<Integer> open = new ArrayDeque<>();
        reach(offset(units[0]), seen, open);
        while (!open.isEmpty()) {
            int base = open.pop();
            for (int c = 1; c < BLOCK; c++) {
                int at = base ^ c;
                int unit = units[at];
                if ((unit & 0x800000FF) == c) {
                    int next = at ^ offset(unit);
                    reach(next, seen, open);
                    if ((unit >>> 8 & 1) == 1) {
                        requireReplacement(units[next] & 0x7FFFFFFF);
                    }
                }
            }
        }
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private void reach(int base, BitSet seen, Deque<Integer> open) throws TokenizerFormatException {
        if (base < 0 || (base | BLOCK - 1) >= units.length) {
            throw new TokenizerFormatException(
                    "%s leads to entry %s of %s: it is damaged", place, base, units.length);
        }
        if (!seen.get(base)) {
            seen.set(base);
            open.push(base);
        }
    }

    private void requireReplacement(int start) throws TokenizerFormatException {
        boolean inside = start <= replacements.length;
        boolean character =
                inside && (start == replacements.length || (replacements[start] & 0xC0) != 0x80);
        if (!character) {
            throw new TokenizerFormatException(
                    "%s leads to replacement %s, which is none: it is damaged", place, start);
        }
    }
}
