/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.function.Consumer;

/** Python's str and repr. */
public final class Printer {
    private final Budget budget;
    private final StringBuilder out = new StringBuilder();

    private Printer(Budget budget) {
        this.budget = budget;
    }

    /** {@code str(value)}. */
    public static String str(Budget budget, Value value) {
        if (value instanceof Value.Str str) {
            return str.text();
        }
        if (value instanceof Value.Markup markup) {
            return markup.text();
        }
        return value instanceof Value.Undefined ? "" : repr(budget, value);
    }

    /** {@code repr(value)}. */
    public static String repr(Budget budget, Value value) {
        Printer printer = new Printer(budget);
        printer.write(value);
        return printer.out.toString();
    }

    static String digits(Budget budget, Value.Int number) {
        long bits = number.value().bitLength();
        budget.digits(bits, bits);
        return number.value().toString();
    }

    private void write(Value value) {
        budget.step();
        if (value instanceof Value.None) {
            append("None");
        } else if (value instanceof Value.Bool) {
            append(value.truth() ? "True" : "False");
        } else if (value instanceof Value.Int number) {
            append(digits(budget, number));
        } else if (value instanceof Value.Real number) {
            append(number.toString());
        } else if (value instanceof Value.Str str) {
            quote(str.text());
        } else if (value instanceof Value.Seq seq) {
            boolean single = seq.tuple() && seq.items().size() == 1;
            String close = single ? ",)" : seq.tuple() ? ")" : "]";
            joined(seq.tuple() ? "(" : "[", seq.items(), this::write, close);
        } else if (value instanceof Value.View view) {
            joined(view.typeName() + "([", view.items(), this::write, "])");
        } else if (value instanceof Value.Dict dict) {
            joined("{", dict.entries(), this::entry, "}");
        } else if (value instanceof Value.Range range) {
            String step = range.step() == 1 ? "" : ", " + range.step();
            append("range(%d, %d%s)".formatted(range.start(), range.stop(), step));
        } else if (value instanceof Value.Namespace namespace) {
            Value.Dict attributes = Value.Dict.of(namespace.attributes());
            joined("<Namespace {", attributes.entries(), this::entry, "}>");
        } else if (value instanceof Value.Undefined) {
            append("Undefined");
        } else { // Python prints an address in memory
            throw Failure.unsupported("printing a " + value.typeName());
        }
    }

    private <T> void joined(String open, Iterable<T> items, Consumer<T> writer, String close) {
        append(open);
        String separator = "";
        for (T item : items) {
            append(separator);
            separator = ", ";
            writer.accept(item);
        }
        append(close);
    }

    private void entry(Value.Dict.Entry entry) {
        write(entry.key());
        append(": ");
        write(entry.value());
    }

    private void append(String text) {
        out.append(budget.made(text));
    }

    private void quote(String text) {
        budget.text(text.length() + 2L);
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> escape(c, quote));
        out.append(quote);
    }

    private void escape(int c, char quote) {
        switch (c) {
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            case '\r' -> out.append("\\r");
            default -> {
                if (c == quote || c == '\\') {
                    out.append('\\').append((char) c);
                } else if (Texts.isPrintable(c)) {
                    out.appendCodePoint(c);
                } else {
                    budget.text(9);
                    String format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
                    out.append(format.formatted(c));
                }
            }
        }
    }
}
