/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks.broken.core;

import org.lora4j.checks.broken.hf.TouchesEngine;

/** A core class that uses a room far from core, and prints. */
public final class UsesHf {
    private UsesHf() {}

    /** Prints. */
    public static void print() {
        System.out.println(TouchesEngine.name());
    }
}
