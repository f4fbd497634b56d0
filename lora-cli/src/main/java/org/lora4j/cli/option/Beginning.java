/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.core.Init;

/**
 * What A and B of a new adapter begin with.
 *
 * @param init the choice
 * @param iterations of PiSSA's randomised decomposition, or 0 for an exact one
 */
record Beginning(Init init, int iterations) {
    private static final Pattern ITERATED = Pattern.compile("pissa[_-]niter[_-]([1-9]\\d{0,5})");

    /** Reads PEFT's names with iterations, and the others by another parser. */
    static Beginning parse(String text, Function<String, Init> others) {
        Matcher iterated = ITERATED.matcher(text.toLowerCase(Locale.ROOT));
        if (!iterated.matches() && text.toLowerCase(Locale.ROOT).matches("pissa[_-]niter.*")) {
            throw new IllegalArgumentException(
                    "%s: expected pissa_niter_N with N from 1 to 999999".formatted(text));
        }
        return iterated.matches()
                ? new Beginning(Init.PISSA, Integer.parseInt(iterated.group(1)))
                : new Beginning(others.apply(text), 0);
    }
}
