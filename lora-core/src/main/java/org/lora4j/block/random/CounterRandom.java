/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.random;

import java.nio.charset.StandardCharsets;

/**
 * Random numbers as a pure function of a key and a counter: the same on every machine, in any
 * order, with nothing to save.
 *
 * <p>The mixing is SplitMix64's finaliser (Steele, Lea and Flood, 2014).
 */
public final class CounterRandom {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private CounterRandom() {}

    /**
     * Mixes the bits of a number so that each of them depends on all.
     *
     * @param z any number
     */
    public static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * Returns a key that depends on another key and a number.
     *
     * @param key a key
     * @param value what distinguishes the new key
     */
    public static long derive(long key, long value) {
        return mix(key * GOLDEN + mix(value + GOLDEN));
    }

    /**
     * Returns a key that depends on another key and a name.
     *
     * @param key a key
     * @param name what distinguishes the new key, such as a module path
     */
    public static long derive(long key, String name) {
        long hash = 0xCBF29CE484222325L; // FNV-1a
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
        }
        return derive(key, hash);
    }

    /**
     * Returns a number in (0, 1), uniform.
     *
     * @param key a key
     * @param counter which number of the key's sequence
     */
    public static double uniform(long key, long counter) {
        return ((derive(key, counter) >>> 11) + 0.5) * 0x1.0p-53;
    }

    /**
     * Returns a number of the standard normal distribution (Box and Muller, 1958).
     *
     * @param key a key
     * @param counter which number of the key's sequence
     */
    public static double gaussian(long key, long counter) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(uniform(key, 2 * counter)));
        return radius * StrictMath.cos(2 * Math.PI * uniform(key, 2 * counter + 1));
    }
}
