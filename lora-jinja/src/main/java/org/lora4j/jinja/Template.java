/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.time.LocalDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parsed template. Immutable and safe for concurrent use.
 *
 * <p>Not in it, and refused by name: include, import, extends and block; the filters urlize,
 * wordwrap, pprint, random, striptags, urlencode, filesizeformat and xmlattr; and joining what the
 * filters safe and escape give.
 */
public final class Template {
    private final Stmt body;

    private Template(Stmt body) {
        this.body = body;
    }

    /**
     * Parses a template.
     *
     * @param source its text
     * @return the template
     * @throws TemplateException if it is malformed
     */
    public static Template parse(String source) {
        try {
            return new Template(Parser.parse(source));
        } catch (StackOverflowError e) {
            throw new TemplateException(1, "the template is nested too deeply");
        }
    }

    /**
     * Renders the template, within {@link TemplateLimits#forInput}.
     *
     * @param variables what the template sees by name: text, numbers, bools, null, and lists and
     *     maps (with String keys, in order) of them
     * @param now what {@code strftime_now} takes for the time
     * @return the text
     * @throws TemplateException if the template fails, refuses its input, or exceeds its limits
     * @throws IllegalArgumentException if a variable is of another type
     */
    public Rendering render(Map<String, ? extends @Nullable Object> variables, LocalDateTime now) {
        return render(variables, now, null);
    }

    /**
     * Renders the template.
     *
     * @param variables what the template sees by name
     * @param now what {@code strftime_now} takes for the time
     * @param limits how much the rendering may do, or null for the default
     * @return the text
     * @throws TemplateException if the template fails, refuses its input, or exceeds its limits
     * @throws IllegalArgumentException if a variable is of another type
     */
    public Rendering render(
            Map<String, ? extends @Nullable Object> variables,
            LocalDateTime now,
            @Nullable TemplateLimits limits) {
        Inputs inputs = new Inputs();
        Scope scope = new Scope(Globals.scope());
        for (Map.Entry<String, ? extends @Nullable Object> variable : variables.entrySet()) {
            scope.set(variable.getKey(), inputs.read(variable.getValue()));
        }
        TemplateLimits bounds =
                limits != null ? limits : TemplateLimits.forInput(inputs.characters());
        Execution run = new Execution(bounds, now, new Scope(scope));
        try {
            body.run(run);
            return run.rendering();
        } catch (Failure failure) {
            throw failure.at(run.line());
        } catch (StackOverflowError e) {
            throw new TemplateException(run.line(), "values or calls are nested too deeply");
        } catch (OutOfMemoryError e) { // within the limits, in a heap that is smaller than them
            throw new TemplateException(
                    run.line(), "MemoryError: what it makes does not fit into Java's heap");
        }
    }
}
