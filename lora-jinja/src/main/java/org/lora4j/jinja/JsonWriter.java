/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's json.dumps. */
final class JsonWriter {
    private final Execution run;
    private final @Nullable String indent;
    private final String between;
    private final String colon;
    private final boolean ascii;
    private final boolean sortKeys;
    private final StringBuilder out = new StringBuilder();

    /**
     * A writer of one value.
     *
     * @param run pays for the text
     * @param indent what each level is indented by, or null for one line
     * @param between between items
     * @param colon after keys
     * @param ascii whether to escape all other characters
     * @param sortKeys whether to sort the keys of dicts
     */
    JsonWriter(
            Execution run,
            @Nullable String indent,
            String between,
            String colon,
            boolean ascii,
            boolean sortKeys) {
        this.run = run;
        this.indent = indent;
        this.between = between;
        this.colon = colon;
        this.ascii = ascii;
        this.sortKeys = sortKeys;
    }

    String write(Value value) {
        write(value, 0);
        return out.toString();
    }

    private void write(Value value, int level) {
        run.budget().step();
        if (value instanceof DictValue dict) {
            dict(dict, level);
        } else if (value instanceof ListValue list) {
            list(list.items(), level);
        } else if (value instanceof TupleValue tuple) {
            list(tuple.items(), level);
        } else if (value instanceof StrValue str) {
            quote(str.text());
        } else {
            append(scalar(value));
        }
    }

    private String scalar(Value value) {
        if (value instanceof None) {
            return "null";
        }
        if (value instanceof BoolValue bool) {
            return Boolean.toString(bool.value());
        }
        if (value instanceof IntValue number) {
            return Printer.digits(run, number);
        }
        if (value instanceof FloatValue number) {
            double x = number.value();
            if (Double.isNaN(x)) {
                return "NaN";
            }
            return Double.isInfinite(x) ? (x > 0 ? "Infinity" : "-Infinity") : FloatText.repr(x);
        }
        throw Failure.type("Object of type " + value.typeName() + " is not JSON serializable");
    }

    private void dict(DictValue dict, int level) {
        if (dict.size() == 0) {
            append("{}");
            return;
        }
        run.budget().steps(dict.size());
        List<DictValue.Entry> entries = new ArrayList<>(dict.entries());
        if (sortKeys) {
            entries.sort((a, b) -> Comparison.order(run, a.key(), b.key(), "<"));
        }
        append("{");
        for (int i = 0; i < entries.size(); i++) {
            append(i == 0 ? "" : between);
            newline(level + 1);
            Value key = entries.get(i).key();
            if (key instanceof TupleValue) {
                throw Failure.type("keys must be str, int, float, bool or None, not tuple");
            }
            quote(key instanceof StrValue str ? str.text() : scalar(key));
            append(colon);
            write(entries.get(i).value(), level + 1);
        }
        newline(level);
        append("}");
    }

    private void list(List<Value> items, int level) {
        if (items.isEmpty()) {
            append("[]");
            return;
        }
        append("[");
        for (int i = 0; i < items.size(); i++) {
            append(i == 0 ? "" : between);
            newline(level + 1);
            write(items.get(i), level + 1);
        }
        newline(level);
        append("]");
    }

    private void newline(int level) {
        if (indent != null) {
            append("\n");
            out.append(Texts.repeat(run, indent, level));
        }
    }

    private void append(String text) {
        out.append(run.budget().made(text));
    }

    private void quote(String text) {
        run.budget().text(text.length() + 2L);
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || (ascii && c > 0x7e)) {
                        run.budget().text(5);
                        out.append("\\u");
                        Characters.hex(out, c, 4);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
