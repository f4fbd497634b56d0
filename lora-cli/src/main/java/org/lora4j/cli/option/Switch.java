/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

/** On or off, as on the command line. */
public enum Switch {
    on,
    off
}
