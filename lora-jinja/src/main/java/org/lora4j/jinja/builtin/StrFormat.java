/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.FormatSpec;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Value;

/** {@code str.format}: fields in braces, conversions and format specifications. */
final class StrFormat {
    private static final Pattern SPEC =
            Pattern.compile(
                    "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?"
                            + "([bcdeEfFgGnosxX%])?",
                    Pattern.DOTALL);
    private static final Pattern STEP = Pattern.compile("\\.([^.\\[]+)|\\[([^\\]]+)\\]");

    private final Budget budget;
    private final Arguments arguments;
    private int next;

    private StrFormat(Budget budget, Arguments arguments) {
        this.budget = budget;
        this.arguments = arguments;
    }

    static String format(Call call, Arguments arguments) {
        return new StrFormat(call.budget(), arguments).expand(call.text(), true);
    }

    private String expand(String text, boolean nested) {
        budget.text(text.length());
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean doubled = at + 1 < text.length() && text.charAt(at + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                at++;
            } else if (c == '}') {
                throw Failure.value("Single '}' encountered in format string");
            } else if (c == '{') {
                int end = end(text, at);
                out.append(budget.made(field(text.substring(at + 1, end), nested)));
                at = end + 1;
                continue;
            }
            budget.text(1);
            out.append(c);
            at++;
        }
        return out.toString();
    }

    private static int end(String text, int open) {
        int depth = 0;
        for (int at = open; at < text.length(); at++) {
            depth += text.charAt(at) == '{' ? 1 : text.charAt(at) == '}' ? -1 : 0;
            if (depth == 0) {
                return at;
            }
        }
        throw Failure.value("expected '}' before end of string");
    }

    private String field(String field, boolean nested) {
        int colon = field.indexOf(':');
        String name = colon < 0 ? field : field.substring(0, colon);
        String spec = colon < 0 ? "" : field.substring(colon + 1);
        int mark = name.length() - 2;
        boolean converts = mark >= 0 && name.charAt(mark) == '!';
        Value value = value(converts ? name.substring(0, mark) : name);
        if (spec.indexOf('{') >= 0) {
            if (!nested) {
                throw Failure.value("Max string recursion exceeded");
            }
            spec = expand(spec, false);
        }
        return formatted(converts ? converted(value, name.charAt(mark + 1)) : value, spec);
    }

    private Value converted(Value value, char conversion) {
        return switch (conversion) {
            case 's' -> new Value.Str(Printer.str(budget, value));
            case 'r' -> new Value.Str(Printer.repr(budget, value));
            default -> throw Failure.value("Unknown conversion specifier '%s'", conversion);
        };
    }

    private Value value(String name) {
        String first = name.split("[.\\[]", 2)[0];
        Value value = first(first);
        Matcher step = STEP.matcher(name).region(first.length(), name.length());
        while (step.lookingAt()) {
            value =
                    step.group(1) != null
                            ? Access.attribute(budget, value, step.group(1))
                            : Access.item(budget, value, Access.key(budget, step.group(2)));
            step.region(step.end(), name.length());
        }
        if (step.regionStart() != name.length()) {
            throw Failure.value("Only '.' or '[' may follow ']' in format field specifier");
        }
        return value;
    }

    private Value first(String name) {
        if (!name.chars().allMatch(Character::isDigit)) {
            Value found = arguments.named().get(name);
            if (found == null) {
                throw Failure.of("KeyError", "'" + name + "'");
            }
            return found;
        }
        int index =
                name.isEmpty()
                        ? next++
                        : name.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(name);
        if (index >= arguments.positional().size()) {
            throw Failure.of(
                    "IndexError",
                    "Replacement index %s out of range for positional args tuple",
                    index);
        }
        return arguments.positional().get(index);
    }

    private String formatted(Value value, String text) {
        if (text.isEmpty()) {
            return Printer.str(budget, value);
        }
        Matcher spec = SPEC.matcher(text);
        if (!spec.matches()) {
            throw Failure.value(
                    "Invalid format specifier '%s' for object of type '%s'",
                    text, value.typeName());
        }
        boolean real = value instanceof Value.Real;
        boolean integer = value instanceof Value.Int;
        if (!real && !integer && !(value instanceof Value.Str)) {
            throw Failure.unsupported("a format specification for a " + value.typeName());
        }
        char type = group(spec, 9, real ? "g" : integer ? "d" : "s").charAt(0);
        FormatSpec layout = layout(spec, type, real || integer);
        if (integer && "dxXobn".indexOf(type) >= 0) {
            return layout.integer(budget, Numbers.integer(value));
        }
        if ((value instanceof Value.Str ? "s" : "eEfFgG%").indexOf(type) < 0) {
            throw Failure.value(
                    "Unknown format code '%c' for object of type '%s'", type, value.typeName());
        }
        // Without a type a float is written as str does it.
        boolean plain = real && spec.group(9) == null && layout.precision() < 0;
        return plain || value instanceof Value.Str
                ? layout.text(budget, Printer.str(budget, value))
                : layout.real(budget, Numbers.real(value));
    }

    private static FormatSpec layout(Matcher spec, char type, boolean number) {
        boolean zeros = spec.group(5) != null;
        String align = zeros && number ? "=" : number ? ">" : "<";
        return new FormatSpec(
                group(spec, 1, zeros ? "0" : " "),
                group(spec, 2, align).charAt(0),
                group(spec, 3, "-").charAt(0),
                spec.group(4) != null,
                Integer.parseInt(group(spec, 6, "0")),
                group(spec, 7, ""),
                Integer.parseInt(group(spec, 8, "-1")),
                type);
    }

    private static String group(Matcher spec, int group, String otherwise) {
        String found = spec.group(group);
        return found == null ? otherwise : found;
    }
}
