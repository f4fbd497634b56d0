/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * Texts whose words or spans have labels: their files, their schemes of tags, and their measures.
 */
@NullMarked
package org.lora4j.text.token;

import org.jspecify.annotations.NullMarked;
