/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Terminal;
import org.lora4j.train.TrainingListener;

/** Shows the progress of a training until it is closed; closing it again has no effect. */
public interface ProgressListener extends TrainingListener, AutoCloseable {
    @Override
    void close();

    /** Returns a progress bar if standard error is a terminal, or else lines. */
    static ProgressListener create(Console console) {
        return Terminal.isErrorStream()
                ? new ProgressBarListener(console)
                : new ProgressLines(console);
    }
}
