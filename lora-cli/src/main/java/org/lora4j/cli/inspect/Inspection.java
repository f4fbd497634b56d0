/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.inspect;

import com.google.gson.JsonObject;

/** The description of a directory, for people and as JSON. */
public record Inspection(String text, JsonObject json) {}
