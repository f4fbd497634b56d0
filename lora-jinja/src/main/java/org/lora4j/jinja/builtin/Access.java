/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/** Attributes, items and calls, as Jinja's sandbox allows them. */
public final class Access {
    private Access() {}

    /** {@code owner.name}: an attribute first, then an item. */
    public static Value attribute(Budget budget, Value owner, String name) {
        Value found = own(owner, name);
        if (found == null && owner instanceof Value.Dict dict) {
            budget.steps(name.length() / 16);
            found = dict.get(new Value.Str(name));
        }
        return found == null ? Value.Undefined.attribute(owner, name) : found;
    }

    /** {@code owner[key]}: an item first, then, for a text, an attribute. */
    public static Value item(Budget budget, Value owner, Value key) {
        owner.checkDefined();
        Value found = null;
        if (owner instanceof Value.Dict dict) {
            budget.key(key);
            boolean hashable = !(key instanceof Value.Dict || isList(key));
            found = hashable ? dict.get(key) : null;
        } else if (Numbers.isInteger(key)) {
            found = Sequences.at(budget, owner, Numbers.index(key));
        }
        if (found == null && key instanceof Value.Str name) {
            found = own(owner, name.text());
        }
        return found == null ? Value.Undefined.item(owner, key) : found;
    }

    private static boolean isList(Value key) {
        return key instanceof Value.Seq sequence && !sequence.tuple();
    }

    /** An item found by a path with dots, as filters' attribute arguments spell it. */
    static Value path(Budget budget, Value owner, Value path) {
        if (!(path instanceof Value.Str text)) {
            return path == Value.None.NONE ? owner : item(budget, owner, path);
        }
        budget.text(text.text().length());
        Value found = owner;
        for (String part : text.text().split("\\.", -1)) {
            found = item(budget, found, key(budget, part));
        }
        return found;
    }

    /** What a part of a path or of a format's field finds: digits are a position. */
    static Value key(Budget budget, String part) {
        if (part.isEmpty() || !part.chars().allMatch(Character::isDigit)) {
            return new Value.Str(part);
        }
        Value.Int position = Numbers.integer(budget, part, 10);
        if (position == null) {
            throw Failure.value(Value.Int.TOO_LONG);
        }
        return position;
    }

    /** An attribute that is no item of a dict, or null. */
    static @Nullable Value own(Value owner, String name) {
        if (owner instanceof Value.Dict) {
            return Methods.DICT.method(name, owner);
        }
        if (owner instanceof Value.Str) {
            return Methods.STR.method(name, owner);
        }
        if (owner instanceof Value.Seq sequence) {
            return (sequence.tuple() ? Methods.TUPLE : Methods.LIST).method(name, owner);
        }
        if (owner instanceof Value.Markup) {
            throw Value.Markup.refused("a method of");
        }
        owner.checkDefined();
        return owner instanceof Value.Obj object ? object.attribute(name) : null;
    }

    public static Value call(Budget budget, Value function, Arguments arguments) {
        if (function instanceof Value.Callable callable) {
            return callable.call(budget, arguments);
        }
        function.checkDefined();
        throw Failure.type("'%s' object is not callable", function.typeName());
    }
}
