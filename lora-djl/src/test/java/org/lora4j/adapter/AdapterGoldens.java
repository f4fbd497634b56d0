/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Adapters made by tools/goldens/peft_adapters.py. */
final class AdapterGoldens {
    private AdapterGoldens() {}

    static Path path(String name) {
        URL url =
                Objects.requireNonNull(AdapterGoldens.class.getResource("/golden/adapter/" + name));
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
