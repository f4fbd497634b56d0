/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * The counties and cities with their districts, and what names of roads and villages are made of.
 *
 * @param counties each county or city with its districts, first the county
 * @param stems roads as many towns have them, without the last character
 * @param characters what invented names are made of
 */
record Gazetteer(List<List<String>> counties, List<String> stems, List<String> characters) {

    static Gazetteer load() {
        return new Gazetteer(
                lines("places.txt").map(line -> List.of(line.split(" "))).toList(),
                lines("roads.txt").flatMap(line -> Stream.of(line.split(" "))).toList(),
                lines("characters.txt").flatMap(line -> Stream.of(line.split(""))).toList());
    }

    private static Stream<String> lines(String name) {
        try (InputStream in = Gazetteer.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
