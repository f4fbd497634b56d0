/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.jinja.tree.Execution;

/**
 * The result of rendering a template.
 *
 * @param text the rendered text
 * @param generation the parts of the text that {@code {% generation %}} blocks rendered, in order
 * @param generationComplete false if such a block was rendered inside a macro or captured text, so
 *     that its span is missing
 */
public record Rendering(String text, List<Span> generation, boolean generationComplete) {
    /**
     * A part of a text, in chars of a Java String.
     *
     * @param start the index of the first char
     * @param end the index after the last char
     */
    public record Span(int start, int end) {}

    static Rendering of(Execution run) {
        List<Span> spans = new ArrayList<>();
        run.generation().forEach(span -> spans.add(new Span(span.start(), span.end())));
        return new Rendering(run.output(), List.copyOf(spans), !run.lostGeneration());
    }
}
