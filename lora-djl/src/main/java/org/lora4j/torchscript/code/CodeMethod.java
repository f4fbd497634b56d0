/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.List;

/**
 * A method of a class.
 *
 * @param name its name
 * @param self the name of its first parameter, the module itself
 * @param parameters the names of the others
 * @param lines its statements, nested ones after the line that they belong to
 */
public record CodeMethod(String name, String self, List<String> parameters, List<Line> lines) {
    /**
     * A logical line.
     *
     * @param from its first token
     * @param to the token that ends it
     */
    public record Line(int from, int to) {}

    /** Copies the lists. */
    public CodeMethod {
        parameters = List.copyOf(parameters);
        lines = List.copyOf(lines);
    }
}
