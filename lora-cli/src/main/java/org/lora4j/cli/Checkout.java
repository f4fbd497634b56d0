/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/** The checkout that the program was built in and runs from. */
final class Checkout {
    private Checkout() {}

    /** Returns its root, empty where the program runs from elsewhere. */
    static Optional<Path> root() {
        CodeSource source = Checkout.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            return Optional.empty();
        }
        try {
            Path target = Path.of(source.getLocation().toURI()).getParent();
            Path module = target == null ? null : target.getParent();
            Path root = module == null ? null : module.getParent();
            return root != null && Files.isRegularFile(root.resolve("lora4j"))
                    ? Optional.of(root)
                    : Optional.empty();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
