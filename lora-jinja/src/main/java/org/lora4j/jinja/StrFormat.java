/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code str.format}: fields in braces, conversions and format specifications. */
final class StrFormat {
    private static final Pattern SPEC =
            Pattern.compile(
                    "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?"
                            + "([bcdeEfFgGnosxX%])?",
                    Pattern.DOTALL);
    private static final Pattern STEP = Pattern.compile("\\.([^.\\[]+)|\\[([^\\]]+)\\]");

    private final Execution run;
    private final Arguments arguments;
    private int next;

    private StrFormat(Execution run, Arguments arguments) {
        this.run = run;
        this.arguments = arguments;
    }

    static String format(Execution run, String text, Arguments arguments) {
        return new StrFormat(run, arguments).expand(text, true);
    }

    static String formatMap(Execution run, String text, Arguments arguments) {
        if (!(arguments.require(0, "mapping") instanceof DictValue dict)) {
            throw Failure.type("format_map() takes a mapping");
        }
        Map<String, Value> named = new HashMap<>();
        for (DictValue.Entry entry : dict.entries()) {
            if (entry.key() instanceof StrValue key) {
                named.put(key.text(), entry.value());
            }
        }
        return format(run, text, new Arguments("format_map", List.of(), named));
    }

    private String expand(String text, boolean nested) {
        run.budget().text(text.length());
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
                out.append(run.budget().made(field(text.substring(at + 1, end), nested)));
                at = end + 1;
                continue;
            }
            run.budget().text(1);
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
        char conversion = 0;
        if (name.length() >= 2 && name.charAt(name.length() - 2) == '!') {
            conversion = name.charAt(name.length() - 1);
            name = name.substring(0, name.length() - 2);
        }
        Value value = value(name);
        if (spec.indexOf('{') >= 0) {
            if (!nested) {
                throw Failure.value("Max string recursion exceeded");
            }
            spec = expand(spec, false);
        }
        return switch (conversion) {
            case 0 -> formatted(value, spec);
            case 's' -> formatted(new StrValue(Printer.str(run, value)), spec);
            case 'r' -> formatted(new StrValue(Printer.repr(run, value)), spec);
            default -> throw Failure.value("Unknown conversion specifier '" + conversion + "'");
        };
    }

    private Value value(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
            end++;
        }
        Value value = first(name.substring(0, end));
        Matcher step = STEP.matcher(name).region(end, name.length());
        while (step.lookingAt()) {
            if (step.group(1) != null) {
                value = Access.attribute(run, value, step.group(1));
            } else {
                String key = step.group(2);
                boolean digits = key.chars().allMatch(Character::isDigit);
                value =
                        Access.item(
                                run, value, digits ? Access.position(run, key) : new StrValue(key));
            }
            step.region(step.end(), name.length());
        }
        if (step.regionStart() != name.length()) {
            throw Failure.value("Only '.' or '[' may follow ']' in format field specifier");
        }
        return value;
    }

    private Value first(String name) {
        boolean position = name.chars().allMatch(Character::isDigit);
        if (!position) {
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
                    "Replacement index " + index + " out of range for positional args tuple");
        }
        return arguments.positional().get(index);
    }

    private String formatted(Value value, String text) {
        if (text.isEmpty()) {
            return Printer.str(run, value);
        }
        Matcher spec = SPEC.matcher(text);
        if (!spec.matches()) {
            throw Failure.value(
                    "Invalid format specifier '"
                            + text
                            + "' for object of type '"
                            + value.typeName()
                            + "'");
        }
        boolean real = value instanceof FloatValue;
        boolean integer = value instanceof IntValue;
        if (!real && !integer && !(value instanceof StrValue)) {
            throw Failure.unsupported("a format specification for a " + value.typeName());
        }
        char type =
                spec.group(9) == null
                        ? (real ? 'g' : integer ? 'd' : 's')
                        : spec.group(9).charAt(0);
        FormatSpec layout = layout(spec, type, real || integer);
        if (value instanceof StrValue str) {
            checkType(type == 's', type, value);
            return layout.text(run, str.text());
        }
        if (integer && "dxXobn".indexOf(type) >= 0) {
            return layout.integer(run, Numbers.integer(value));
        }
        checkType("eEfFgG%".indexOf(type) >= 0, type, value);
        boolean plain = real && spec.group(9) == null && layout.precision() < 0;
        // Without a type a float is written as str does it.
        return plain
                ? layout.text(run, Printer.str(run, value))
                : layout.real(run, Numbers.real(value));
    }

    private static void checkType(boolean fits, char type, Value value) {
        if (!fits) {
            throw Failure.value(
                    "Unknown format code '"
                            + type
                            + "' for object of type '"
                            + value.typeName()
                            + "'");
        }
    }

    private static FormatSpec layout(Matcher spec, char type, boolean number) {
        boolean zeros = spec.group(5) != null;
        String fill = spec.group(1) != null ? spec.group(1) : zeros ? "0" : " ";
        char align =
                spec.group(2) != null
                        ? spec.group(2).charAt(0)
                        : zeros && number ? '=' : number ? '>' : '<';
        return new FormatSpec(
                fill,
                align,
                spec.group(3) == null ? '-' : spec.group(3).charAt(0),
                spec.group(4) != null,
                spec.group(6) == null ? 0 : Integer.parseInt(spec.group(6)),
                spec.group(7) == null ? "" : spec.group(7),
                spec.group(8) == null ? -1 : Integer.parseInt(spec.group(8)),
                type);
    }
}
