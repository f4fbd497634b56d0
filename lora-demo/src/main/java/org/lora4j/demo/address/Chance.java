/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import java.util.List;
import java.util.Random;

/** The random draws of the generator. */
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
     * @param emphasis the factor of the probability of {@link #rarely}
     */
    Chance(long seed, double emphasis) {
        random = new Random(seed);
        this.emphasis = emphasis;
    }

    boolean in(double probability) {
        return random.nextDouble() < probability;
    }

    /** Returns true seldom: more often with emphasis, at most every other time. */
    boolean rarely(double probability) {
        return in(Math.min(0.5, emphasis * probability));
    }

    /** Returns true only with emphasis. */
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

    /** Returns a number from 1 to {@code most}, small ones more often. */
    int small(int most) {
        double u = random.nextDouble();
        return 1 + (int) (u * u * most);
    }

    /** Returns a number of {@code count} digits. */
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

    /** Returns a number with digits of the last one, which a model easily confuses. */
    private int alike(int most) {
        StringBuilder text = new StringBuilder();
        int length = from(1, Integer.toString(most).length());
        while (text.length() < length) {
            text.append(last.charAt(random.nextInt(last.length())));
        }
        int n = Integer.parseInt(text.toString());
        return n < 1 || n > most ? small(most) : n;
    }

    /** Returns a number in digits, or sometimes in Chinese numerals. */
    String number(int most, double chinese) {
        int n = besides(0.05) ? alike(most) : small(most);
        last = Integer.toString(n);
        return rarely(chinese) && n < 1000 ? chinese(n) : Integer.toString(n);
    }

    /** Returns Chinese numerals: twelve is 十二, a hundred and five 一百零五. */
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
