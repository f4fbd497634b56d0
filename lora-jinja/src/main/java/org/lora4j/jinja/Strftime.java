/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Python's strftime in the C locale. */
final class Strftime {
    /** What a directive costs, since a formatter is made for each. */
    private static final int STEPS_A_DIRECTIVE = 64;

    private Strftime() {}

    static String format(Execution run, String format) {
        LocalDateTime now = run.now();
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                run.budget().text(1);
                out.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            boolean bare = directive == '-' && i + 1 < format.length();
            if (bare) {
                directive = format.charAt(++i);
            }
            run.budget().steps(STEPS_A_DIRECTIVE);
            String part = part(now, directive);
            out.append(run.budget().made(bare ? withoutZeros(part) : part));
        }
        return out.toString();
    }

    private static String withoutZeros(String part) {
        return part.replaceFirst("^[0 ]+(?=.)", "");
    }

    private static String part(LocalDateTime now, char directive) {
        return switch (directive) {
            case 'Y' -> at(now, "yyyy");
            case 'y' -> at(now, "yy");
            case 'C' -> at(now, "yyyy").substring(0, 2);
            case 'm' -> at(now, "MM");
            case 'd' -> at(now, "dd");
            case 'e' -> String.format("%2d", now.getDayOfMonth());
            case 'j' -> at(now, "DDD");
            case 'B' -> at(now, "MMMM");
            case 'b', 'h' -> at(now, "MMM");
            case 'A' -> at(now, "EEEE");
            case 'a' -> at(now, "EEE");
            case 'u' -> Integer.toString(now.getDayOfWeek().getValue());
            case 'w' -> Integer.toString(now.getDayOfWeek().getValue() % 7);
            case 'H' -> at(now, "HH");
            case 'I' -> at(now, "hh");
            case 'M' -> at(now, "mm");
            case 'S' -> at(now, "ss");
            case 'f' -> at(now, "SSSSSS");
            case 'p' -> at(now, "a");
            case 'F' -> at(now, "yyyy-MM-dd");
            case 'D', 'x' -> at(now, "MM/dd/yy");
            case 'T', 'X' -> at(now, "HH:mm:ss");
            case 'R' -> at(now, "HH:mm");
            case 'c' ->
                    at(now, "EEE MMM ")
                            + String.format("%2d", now.getDayOfMonth())
                            + at(now, " HH:mm:ss yyyy");
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> throw Failure.unsupported("the date directive '%" + directive + "'");
        };
    }

    private static String at(LocalDateTime now, String pattern) {
        // English names; the root locale has them abbreviated in some versions of Java.
        return DateTimeFormatter.ofPattern(pattern, Locale.US).format(now);
    }
}
