/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Files made by the Python programs in tools/goldens. */
public final class Goldens {
    private Goldens() {}

    public static Path file(String name) {
        URL url = Objects.requireNonNull(Goldens.class.getResource("/golden/safetensors/" + name));
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
