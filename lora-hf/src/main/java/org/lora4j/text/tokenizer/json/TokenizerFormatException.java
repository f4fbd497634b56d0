/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Says what is wrong inside a tokenizer file; whoever knows the file puts its path before it. */
public final class TokenizerFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    @FormatMethod
    public TokenizerFormatException(String problem, @Nullable Object... values) {
        super(problem.formatted(values));
    }
}
