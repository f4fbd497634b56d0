/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;
import org.lora4j.jinja.tree.Execution;

/**
 * What a template rendered.
 *
 * @param text the text
 * @param generation where the {@code {% generation %}} blocks lie in it, in order
 * @param generationComplete false if a block was rendered inside a macro or captured text, so that
 *     it is not among the spans
 */
public record Rendering(String text, List<Span> generation, boolean generationComplete) {
    /**
     * A part of a text, in chars of a Java String.
     *
     * @param start its first char
     * @param end the char after its last
     */
    public record Span(int start, int end) {}

    static Rendering of(Execution run) {
        List<Span> spans =
                run.generation().stream().map(span -> new Span(span.start(), span.end())).toList();
        return new Rendering(run.output(), spans, !run.lostGeneration());
    }
}
