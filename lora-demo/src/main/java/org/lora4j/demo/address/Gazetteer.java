/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The counties and cities with their districts, and what names of roads and villages are made of.
 *
 * @param counties each county or city with its districts, first the county
 * @param stems roads as many towns have them, without the last character
 * @param characters what invented names are made of
 */
record Gazetteer(List<List<String>> counties, List<String> stems, List<String> characters) {

    static Gazetteer load() {
        List<List<String>> counties = new ArrayList<>();
        for (String line : lines("places.txt")) {
            counties.add(List.of(line.split(" ")));
        }
        List<String> stems = new ArrayList<>();
        for (String line : lines("roads.txt")) {
            stems.addAll(List.of(line.split(" ")));
        }
        List<String> characters = new ArrayList<>();
        for (String line : lines("characters.txt")) {
            characters.addAll(List.of(line.split("")));
        }
        return new Gazetteer(counties, stems, characters);
    }

    private static List<String> lines(String name) {
        try (InputStream in = Gazetteer.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
