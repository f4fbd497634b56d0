/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** A Python value as templates see it. */
sealed interface Value
        permits None,
                BoolValue,
                IntValue,
                FloatValue,
                StrValue,
                ListValue,
                TupleValue,
                DictValue,
                RangeValue,
                ViewValue,
                IteratorValue,
                Namespace,
                Markup,
                FunctionValue,
                LoopValue,
                Undefined {
    /** The name that Python gives the type in its messages. */
    String typeName();

    /** Python's {@code bool(value)}. */
    boolean truth();
}
