/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import org.jspecify.annotations.Nullable;

/** Attributes, items and calls, as Jinja's sandbox allows them. */
final class Access {
    private Access() {}

    /** {@code owner.name}: an attribute first, then an item. */
    static Value attribute(Execution run, Value owner, String name) {
        Value found = own(owner, name);
        if (found == null && owner instanceof DictValue dict) {
            run.budget().steps(name.length() / 16);
            found = dict.get(name);
        }
        return found == null ? Undefined.attribute(owner, name) : found;
    }

    /** {@code owner[key]}: an item first, then, for a text, an attribute. */
    static Value item(Execution run, Value owner, Value key) {
        if (owner instanceof Undefined missing) {
            throw missing.failure();
        }
        Value found = null;
        if (owner instanceof DictValue dict) {
            run.budget().key(key);
            found = hashable(key) ? dict.get(key) : null;
        } else if (Numbers.isInteger(key)) {
            found = Sequences.at(run, owner, Numbers.index(key));
        }
        if (found == null && key instanceof StrValue name) {
            found = own(owner, name.text());
        }
        return found == null ? Undefined.item(owner, key) : found;
    }

    private static boolean hashable(Value key) {
        return !(key instanceof ListValue || key instanceof DictValue);
    }

    /** An item found by a path with dots, as filters' attribute arguments spell it. */
    static Value path(Execution run, Value owner, Value path) {
        if (!(path instanceof StrValue text)) {
            return path == None.NONE ? owner : item(run, owner, path);
        }
        run.budget().text(text.text().length());
        Value found = owner;
        for (String part : text.text().split("\\.", -1)) {
            boolean digits = !part.isEmpty() && part.chars().allMatch(Character::isDigit);
            found = item(run, found, digits ? position(run, part) : new StrValue(part));
        }
        return found;
    }

    /** The integer that the digits of a path or a format's field are. */
    static Value position(Execution run, String digits) {
        IntValue position = NumberText.integer(run, digits, 10);
        if (position == null) {
            throw Failure.value("an integer of more than 4300 digits");
        }
        return position;
    }

    private static @Nullable Value own(Value owner, String name) {
        if (owner instanceof Undefined missing) {
            throw missing.failure();
        }
        if (owner instanceof Namespace namespace) {
            return namespace.attributes().get(name);
        }
        if (owner instanceof LoopValue loop) {
            return loop.attribute(name);
        }
        FunctionValue.Body method = null;
        if (owner instanceof StrValue str) {
            method = StrMethods.find(str.text(), name);
        } else if (owner instanceof DictValue dict) {
            method = DictMethods.find(dict, name);
        } else if (owner instanceof ListValue || owner instanceof TupleValue) {
            method = ListMethods.find(owner, name);
        } else if (owner instanceof Markup) {
            throw Failure.unsupported("a method of what safe or escape gives");
        }
        return method == null ? null : new FunctionValue(name, method);
    }

    static Value call(Execution run, Value function, Arguments arguments) {
        if (function instanceof FunctionValue known) {
            return known.body().call(run, arguments);
        }
        if (function instanceof LoopValue loop) {
            return loop.call(run, arguments);
        }
        if (function instanceof Undefined missing) {
            throw missing.failure();
        }
        throw Failure.type("'" + function.typeName() + "' object is not callable");
    }
}
