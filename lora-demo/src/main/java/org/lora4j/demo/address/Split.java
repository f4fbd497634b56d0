/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

/**
 * Assigns names to one of two sets by their hash; a quarter is for tests. Sets of different
 * generators, seeds or machines never share a name.
 */
public enum Split {
    /** Three quarters of all names. */
    TRAINING,
    /** The others. */
    TEST;

    /** Returns the set of a name. */
    public static Split of(String name) {
        int h = name.hashCode() * 0x9E3779B9;
        h ^= h >>> 15;
        h *= 0x85EBCA6B;
        h ^= h >>> 13;
        return (h & 3) == 0 ? TEST : TRAINING;
    }
}
