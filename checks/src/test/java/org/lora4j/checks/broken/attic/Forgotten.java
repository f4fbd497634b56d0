/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks.broken.attic;

/** An open class in a room that nobody listed. */
public class Forgotten {}
