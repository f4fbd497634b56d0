/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks.broken.hf;

import ai.djl.pytorch.engine.PtEngine;
import java.util.logging.Logger;

/** A room that is none of the engine's, with the engine's class and the wrong logger. */
public final class TouchesEngine {
    private static final Logger LOGGER = Logger.getLogger("broken");

    private TouchesEngine() {}

    /**
     * Names the engine.
     *
     * @return its class and the logger
     */
    public static String name() {
        return PtEngine.class.getName() + LOGGER.getName();
    }
}
