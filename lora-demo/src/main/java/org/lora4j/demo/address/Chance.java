/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import java.util.List;
import java.util.Random;

/** A source of chance with the draws that the generator makes. */
final class Chance {
    private static final String NUMERALS = "零一二三四五六七八九";

    private final Random random;
    private final double emphasis;

    /** The digits of the last number. */
    private String last = "1";

    /**
     * Creates a source.
     *
     * @param seed the seed
     * @param emphasis how many times as often as it says {@link #rarely} happens
     */
    Chance(long seed, double emphasis) {
        random = new Random(seed);
        this.emphasis = emphasis;
    }

    boolean in(double probability) {
        return random.nextDouble() < probability;
    }

    /** What happens seldom: more often where it is emphasised, at most every other time. */
    boolean rarely(double probability) {
        return in(Math.min(0.5, emphasis * probability));
    }

    /** What happens only where the rare is emphasised. */
    boolean besides(double probability) {
        return in((emphasis - 1) * probability);
    }

    int from(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    String any(String... values) {
        return values[random.nextInt(values.length)];
    }

    /** A number up to a most, small ones more often. */
    int small(int most) {
        double u = random.nextDouble();
        return 1 + (int) (u * u * most);
    }

    /** So many digits, the first of them no zero. */
    String digits(int count) {
        StringBuilder text = new StringBuilder().append(from(1, 9));
        boolean few = besides(0.05);
        while (text.length() < count) {
            char next = few ? text.charAt(random.nextInt(text.length())) : digit();
            text.append(few && in(0.3) ? digit() : next);
        }
        last = text.toString();
        return last;
    }

    private char digit() {
        return (char) ('0' + from(0, 9));
    }

    /** A number of digits that the last one has: where a copy goes astray. */
    private int alike(int most) {
        StringBuilder text = new StringBuilder();
        int length = from(1, Integer.toString(most).length());
        while (text.length() < length) {
            text.append(last.charAt(random.nextInt(last.length())));
        }
        int n = Integer.parseInt(text.toString());
        return n < 1 || n > most ? small(most) : n;
    }

    /** A number in digits, now and then in Chinese numerals. */
    String number(int most, double chinese) {
        int n = besides(0.05) ? alike(most) : small(most);
        last = Integer.toString(n);
        return rarely(chinese) && n < 1000 ? chinese(n) : Integer.toString(n);
    }

    /** Chinese numerals: twelve is 十二, a hundred and five 一百零五. */
    static String chinese(int n) {
        StringBuilder text = new StringBuilder();
        int hundreds = n / 100;
        int tens = n / 10 % 10;
        int ones = n % 10;
        if (hundreds > 0) {
            text.append(NUMERALS.charAt(hundreds)).append('百');
            if (tens == 0 && ones > 0) {
                text.append('零');
            }
        }
        if (tens > 0) {
            if (tens > 1 || hundreds > 0) {
                text.append(NUMERALS.charAt(tens));
            }
            text.append('十');
        }
        if (ones > 0) {
            text.append(NUMERALS.charAt(ones));
        }
        return text.toString();
    }
}
