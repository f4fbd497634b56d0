/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.IOException;

/** A fault of a pickle, in one line, before the file's name is known. */
final class PickleException extends IOException {
    private final String problem;

    PickleException(String problem) {
        super(problem);
        this.problem = problem;
    }

    String problem() {
        return problem;
    }
}
