/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.inspect;

import java.util.regex.Pattern;

/** A path with a star for each number, by which the same module of all layers is one line. */
final class LayerPattern {
    private static final Pattern NUMBER = Pattern.compile("(?<=\\.)[0-9]+(?=\\.)");

    private LayerPattern() {}

    static String of(String path) {
        return NUMBER.matcher(path).replaceAll("*");
    }
}
