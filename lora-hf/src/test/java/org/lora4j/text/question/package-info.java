/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/** Tests of questions and answers. */
@NullMarked
package org.lora4j.text.question;

import org.jspecify.annotations.NullMarked;
