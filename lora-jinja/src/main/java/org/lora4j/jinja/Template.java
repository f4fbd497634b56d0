/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.builtin.Globals;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Value;
import org.lora4j.jinja.syntax.Parser;
import org.lora4j.jinja.tree.Execution;
import org.lora4j.jinja.tree.Stmt;

/**
 * A parsed template. Immutable and safe for concurrent use.
 *
 * <p>These are not supported, and a template that uses them is refused with their name: include,
 * import, extends and block; the filters urlize, wordwrap, pprint, random, striptags, urlencode,
 * filesizeformat and xmlattr; joining the results of the filters safe and escape with other text.
 */
public final class Template {
    private final Stmt body;

    private Template(Stmt body) {
        this.body = body;
    }

    /**
     * Parses a template.
     *
     * @param source the text of the template
     * @throws TemplateException if it is malformed
     */
    public static Template parse(String source) {
        try {
            return new Template(Parser.parse(source));
        } catch (Failure failure) {
            throw new TemplateException(1, failure);
        } catch (StackOverflowError e) {
            throw new TemplateException(1, Failure.limit("the template is nested too deeply"));
        }
    }

    /**
     * Renders the template within the limits of {@link TemplateLimits#forInput}.
     *
     * @param variables the template's variables by name: texts, numbers, booleans, null, and lists
     *     and maps of them (with String keys, in order)
     * @param now the time that {@code strftime_now} formats
     * @throws TemplateException if the template fails, refuses its input, or exceeds its limits
     * @throws IllegalArgumentException if a variable is of another type
     */
    public Rendering render(Map<String, ? extends @Nullable Object> variables, LocalDateTime now) {
        return render(variables, now, null);
    }

    /**
     * Renders the template.
     *
     * @param variables the template's variables by name: texts, numbers, booleans, null, and lists
     *     and maps of them (with String keys, in order)
     * @param now the time that {@code strftime_now} formats
     * @param limits the limits of this rendering, or null for the default
     * @throws TemplateException if the template fails, refuses its input, or exceeds its limits
     * @throws IllegalArgumentException if a variable is of another type
     */
    public Rendering render(
            Map<String, ? extends @Nullable Object> variables,
            LocalDateTime now,
            @Nullable TemplateLimits limits) {
        Inputs inputs = new Inputs();
        Map<String, Value> scope = new HashMap<>();
        scope.put("strftime_now", Globals.strftimeNow(now));
        variables.forEach((name, value) -> scope.put(name, inputs.read(value)));
        TemplateLimits bounds =
                limits != null ? limits : TemplateLimits.forInput(inputs.characters());
        Execution run = new Execution(new Budget(bounds.steps(), bounds.characters()), scope);
        try {
            body.run(run);
            return Rendering.of(run);
        } catch (Failure failure) {
            throw new TemplateException(run.line(), failure);
        } catch (StackOverflowError e) {
            throw new TemplateException(
                    run.line(), Failure.limit("values or calls are nested too deeply"));
        } catch (OutOfMemoryError e) { // within the limits, but the heap is smaller than they are
            throw new TemplateException(
                    run.line(),
                    Failure.of("MemoryError", "the template's values do not fit into Java's heap"));
        }
    }
}
