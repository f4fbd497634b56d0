/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.tree;

import java.util.List;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/** The target of an assignment or loop. */
public sealed interface Target {
    void assign(Execution run, Value value);

    /** A variable of the current scope. */
    record Variable(String name) implements Target {
        @Override
        public void assign(Execution run, Value value) {
            run.scope().set(name, value);
        }
    }

    /** An attribute of a namespace. */
    record Attribute(String namespace, String name) implements Target {
        @Override
        public void assign(Execution run, Value value) {
            if (!(run.scope().lookup(namespace) instanceof Value.Namespace owner)) {
                throw Failure.of(
                        "TemplateRuntimeError", "cannot assign attribute on non-namespace object");
            }
            owner.set(name, value);
        }
    }

    /** Several targets, one for each item. */
    record Unpacking(List<Target> targets) implements Target {
        @Override
        public void assign(Execution run, Value value) {
            if (!Sequences.isIterable(value)) {
                throw Failure.type("cannot unpack non-iterable %s object", value.typeName());
            }
            List<Value> items = Sequences.list(run.budget(), value);
            if (items.size() != targets.size()) {
                throw Failure.value(
                        items.size() > targets.size()
                                ? "too many values to unpack (expected %d)"
                                : "not enough values to unpack (expected %d, got %d)",
                        targets.size(),
                        items.size());
            }
            for (int i = 0; i < items.size(); i++) {
                targets.get(i).assign(run, items.get(i));
            }
        }
    }
}
