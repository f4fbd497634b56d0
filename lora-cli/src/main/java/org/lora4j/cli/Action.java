/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;

/** A command that succeeds unless it throws an exception. */
interface Action extends Callable<Integer> {
    void run() throws Exception;

    @Override
    default Integer call() throws Exception {
        run();
        return ExitCode.OK;
    }
}
