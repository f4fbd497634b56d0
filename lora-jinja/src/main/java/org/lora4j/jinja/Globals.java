/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;

/** The functions every template sees. */
final class Globals {
    private Globals() {}

    static Scope scope() {
        Scope scope = new Scope(null);
        define(scope, "range", Globals::range);
        define(scope, "dict", (run, arguments) -> dict(run, arguments));
        define(scope, "namespace", Globals::namespace);
        define(scope, "joiner", Globals::joiner);
        define(scope, "raise_exception", Globals::raise);
        define(
                scope,
                "strftime_now",
                (run, arguments) ->
                        new StrValue(
                                Strftime.format(
                                        run,
                                        Texts.text(arguments.require(0, "format"), "format"))));
        for (String name : List.of("lipsum", "cycler")) {
            define(
                    scope,
                    name,
                    (run, arguments) -> {
                        throw Failure.unsupported("the function '" + name + "'");
                    });
        }
        return scope;
    }

    private static void define(Scope scope, String name, FunctionValue.Body body) {
        scope.set(name, new FunctionValue(name, body));
    }

    private static Value range(Execution run, Arguments arguments) {
        List<Value> given = arguments.positional();
        if (given.isEmpty() || given.size() > 3) {
            throw Failure.type("range expected 1 to 3 arguments, got " + given.size());
        }
        long first = Numbers.index(given.get(0));
        if (given.size() == 1) {
            return RangeValue.of(0, first, 1);
        }
        long step = given.size() == 3 ? Numbers.index(given.get(2)) : 1;
        return RangeValue.of(first, Numbers.index(given.get(1)), step);
    }

    private static DictValue dict(Execution run, Arguments arguments) {
        DictValue dict = new DictValue();
        if (!arguments.positional().isEmpty()) {
            Value first = arguments.positional().get(0);
            if (first instanceof DictValue other) {
                run.budget().values(other.size());
                other.entries().forEach(entry -> dict.put(entry.key(), entry.value()));
            } else {
                for (Value item : Sequences.list(run, first)) {
                    List<Value> pair = Sequences.list(run, item);
                    if (pair.size() != 2) {
                        throw Failure.value(
                                "dictionary update sequence element has length "
                                        + pair.size()
                                        + "; 2 is required");
                    }
                    run.budget().values(1);
                    run.budget().key(pair.get(0));
                    dict.put(pair.get(0), pair.get(1));
                }
            }
        }
        arguments.named().forEach(dict::put);
        return dict;
    }

    private static Value namespace(Execution run, Arguments arguments) {
        Namespace namespace = Namespace.empty();
        for (DictValue.Entry entry : dict(run, arguments).entries()) {
            if (!(entry.key() instanceof StrValue name)) {
                throw Failure.unsupported("a namespace attribute that is no name");
            }
            namespace.set(name.text(), entry.value());
        }
        return namespace;
    }

    /** A function that gives nothing at its first call, and a separator afterwards. */
    private static Value joiner(Execution run, Arguments arguments) {
        Value separator = arguments.get(0, "sep", new StrValue(", "));
        boolean[] used = {false};
        return new FunctionValue(
                "joiner",
                (inner, none) -> {
                    boolean first = !used[0];
                    used[0] = true;
                    return first ? StrValue.EMPTY : separator;
                });
    }

    private static Value raise(Execution run, Arguments arguments) {
        throw Failure.raised(Printer.str(run, arguments.get(0, "message", StrValue.EMPTY)));
    }
}
