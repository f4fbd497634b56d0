/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

/**
 * The ends of comma separated rows: a line end within quotes belongs to its cell. It follows what
 * {@code CsvRows} reads: a quote opens a cell only as its first character, and two quotes within
 * are one. No byte of a longer UTF-8 sequence is an ASCII character.
 */
final class CsvRowEnds implements RowEnds {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    /** Where in a cell the last byte was. */
    private enum Place {
        BEFORE,
        PLAIN,
        QUOTED,
        AFTER_QUOTE
    }

    private Place place = Place.BEFORE;
    private int mark;

    @Override
    public boolean ends(byte next) {
        if (mark < BYTE_ORDER_MARK.length) {
            if (next == BYTE_ORDER_MARK[mark]) {
                mark++;
                return false;
            }
            mark = BYTE_ORDER_MARK.length;
        }
        if (place == Place.QUOTED) {
            place = next == '"' ? Place.AFTER_QUOTE : Place.QUOTED;
            return false;
        }
        switch (next) {
            case '"' -> place = place == Place.PLAIN ? Place.PLAIN : Place.QUOTED;
            case ',', '\r', '\n' -> place = Place.BEFORE;
            default -> place = place == Place.AFTER_QUOTE ? Place.AFTER_QUOTE : Place.PLAIN;
        }
        return next == '\n';
    }
}
