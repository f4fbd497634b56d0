/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.InputFile;

/**
 * The lines of a UTF-8 file, decoded strictly one by one, so that a broken byte is reported with
 * its line; a byte order mark is skipped. Lines end with LF or CRLF. Not safe for concurrent use.
 */
public final class Utf8Lines implements Closeable {
    /** No line of text is this long; a file without line ends must not fill the heap. */
    static final int MAX_LINE_BYTES = 64 << 20;

    private final Path file;
    private final InputStream in;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private byte[] spill = new byte[0];
    private boolean inLongLine;
    private int number;
    private String terminator = "";

    /**
     * Opens a data file.
     *
     * @throws NoSuchFileException if there is no such file
     * @throws TextFileException if it is a directory
     */
    public Utf8Lines(Path file) throws IOException {
        this.file = file;
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such data file");
        }
        if (Files.isDirectory(file)) {
            throw new TextFileException(file, 0, "is a directory; expected a data file");
        }
        InputFile.requireText(file, Long.MAX_VALUE);
        this.in = Files.newInputStream(file);
    }

    /**
     * Reads a part of a file.
     *
     * @param file what errors name
     * @param in the bytes of whole lines
     * @param before the lines of the file before them
     */
    public Utf8Lines(Path file, InputStream in, int before) {
        this.file = file;
        this.in = in;
        number = before;
    }

    /**
     * Returns the next line without its end, or null at the end of the file.
     *
     * @throws TextFileException if the line is not UTF-8 or longer than 64 MiB, after which the
     *     next call goes on with the line after it; or, with the line 0, if the file is of another
     *     kind
     */
    @Nullable
    public String next() throws IOException {
        while (inLongLine && (position < limit || fill())) {
            while (position < limit && inLongLine) {
                inLongLine = buffer[position++] != '\n';
            }
        }
        int spilled = 0;
        while (true) {
            if (position == limit && !fill()) {
                if (spilled == 0) {
                    return null;
                }
                return decode(spill, 0, spilled, false);
            }
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            boolean whole = end < limit;
            int length = end - position;
            if (whole && spilled == 0) {
                int start = position;
                position = end + 1; // before decoding, so that the next line follows a broken one
                return decode(buffer, start, length, true);
            }
            if ((long) spilled + length > MAX_LINE_BYTES) {
                inLongLine = true;
                throw tooLong(file, ++number);
            }
            if (spill.length < spilled + length) {
                spill = Arrays.copyOf(spill, Math.max(spilled + length, 2 * spill.length));
            }
            System.arraycopy(buffer, position, spill, spilled, length);
            spilled += length;
            position = whole ? end + 1 : end;
            if (whole) {
                return decode(spill, 0, spilled, true);
            }
        }
    }

    static TextFileException tooLong(Path file, int line) {
        return new TextFileException(
                file,
                line,
                "the line is longer than %s MiB; expected one row a line, is this a text file?",
                MAX_LINE_BYTES >> 20);
    }

    /** The number of the line that next() returned last, counted from 1. */
    public int number() {
        return number;
    }

    /** What ended the line that next() returned last: LF, CRLF, or nothing at the end. */
    public String terminator() {
        return terminator;
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    private String decode(byte[] bytes, int from, int length, boolean ended) throws IOException {
        number++;
        int start = from;
        int count = length;
        terminator = ended ? "\n" : "";
        if (ended && count > 0 && bytes[start + count - 1] == '\r') {
            count--;
            terminator = "\r\n";
        }
        if (number == 1) {
            int skip = byteOrderMark(bytes, start, count);
            start += skip;
            count -= skip;
        }
        try {
            String line = decoder.decode(ByteBuffer.wrap(bytes, start, count)).toString();
            if (number == 1 && !ended && line.indexOf('\r') >= 0) {
                throw new TextFileException(
                        file,
                        0,
                        "its lines end with CR alone, as on the classic Mac OS; expected LF or"
                                + " CRLF, as tr '\\r"
                                + "' '\\n"
                                + "' makes them");
            }
            return line;
        } catch (CharacterCodingException e) {
            throw new TextFileException(
                    file, number, "the bytes are not UTF-8; save the file as UTF-8", e);
        }
    }

    private int byteOrderMark(byte[] b, int start, int count) throws IOException {
        String first = HexFormat.of().formatHex(b, start, start + Math.min(count, 3));
        if (first.equals("efbbbf")) {
            return 3;
        }
        if (first.startsWith("fffe") || first.startsWith("feff")) {
            throw new TextFileException(
                    file, 0, "the file is UTF-16; expected UTF-8, save it as UTF-8");
        }
        return 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
