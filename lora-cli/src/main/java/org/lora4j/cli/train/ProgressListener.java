/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Terminal;
import org.lora4j.train.TrainingListener;

/** Shows how far a training is. Closing ends the showing; once more does nothing. */
public interface ProgressListener extends TrainingListener, AutoCloseable {
    @Override
    void close();

    /** Returns a bar on a terminal, else lines. */
    static ProgressListener create(Console console) {
        return Terminal.isErrorStream()
                ? new ProgressBarListener(console)
                : new ProgressLines(console);
    }
}
