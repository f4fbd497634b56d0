/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Checkpoints made by tools/goldens/make_loralib_checkpoints.py. */
final class TorchGoldens {
    private TorchGoldens() {}

    static Path path(String name) {
        URL url = Objects.requireNonNull(TorchGoldens.class.getResource("/golden/loralib/" + name));
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
