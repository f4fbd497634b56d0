/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import org.lora4j.train.TrainingListener;

/** Shows how far a training is. Closing ends the showing; once more does nothing. */
interface ProgressListener extends TrainingListener, AutoCloseable {
    @Override
    void close();

    /** Returns a bar on a terminal, else lines. */
    static ProgressListener create(Console console) {
        return Terminal.isErrorStream()
                ? new ProgressBarListener(console)
                : new ProgressLines(console);
    }
}
