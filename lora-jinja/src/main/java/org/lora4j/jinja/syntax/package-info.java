/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Reads a template's text into its tree, as jinja2's lexer.py and parser.py 3.1.6 do. */
@NullMarked
package org.lora4j.jinja.syntax;

import org.jspecify.annotations.NullMarked;
