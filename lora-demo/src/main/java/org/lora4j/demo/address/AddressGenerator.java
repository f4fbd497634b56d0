/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Generates addresses of Taiwan: with parts missing, abbreviated and in another order, with full
 * width, spaces and words around them. The scheme is described in docs/demo.md.
 *
 * <p>A generator gives the same addresses for the same seed. Those of {@link Split#TRAINING} and
 * {@link Split#TEST} share no road, no village and no combination of the other fields, whatever
 * their seeds. Not thread-safe.
 */
public final class AddressGenerator {
    /** How many times as often training shows what is rare than the test does. */
    private static final double EMPHASIS = 3;

    private static final Set<String> NAMES = Set.of("zip", "road", "village");

    private final FieldSource source;
    private final AddressWriter writer;
    private final Split split;

    /** Creates a generator of one split. */
    public AddressGenerator(long seed, Split split) {
        double emphasis = split == Split.TRAINING ? EMPHASIS : 1;
        Chance chance = new Chance(seed * 31 + (split == Split.TEST ? 1 : 0), emphasis);
        this.source = new FieldSource(Gazetteer.load(), chance, split);
        this.writer = new AddressWriter(chance);
        this.split = split;
    }

    /** Returns the next address. */
    public Address next() {
        while (true) {
            Map<String, String> fields = source.next();
            if (fields.size() >= 2 && Split.of(combination(fields)) == split) {
                return new Address(writer.write(fields), fields);
            }
        }
    }

    /** Returns the next addresses. */
    public List<Address> take(int count) {
        List<Address> addresses = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            addresses.add(next());
        }
        return addresses;
    }

    /** Returns the fields of an address other than its names. */
    static String combination(Map<String, String> fields) {
        Map<String, String> rest = new LinkedHashMap<>(fields);
        rest.keySet().removeAll(NAMES);
        return rest.toString();
    }
}
