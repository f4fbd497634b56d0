/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.torchscript.code.CodeClass.CodeAttribute;
import org.lora4j.torchscript.code.CodeClass.NameList;
import org.lora4j.torchscript.code.CodeMethod.Line;
import org.lora4j.torchscript.code.Tokens.Kind;

/**
 * A code file, parsed into its classes; functions and what else stands between them is kept as
 * text.
 */
public final class CodeFile {
    private static final NameList NONE = new NameList(List.of(), -1, -1);

    private final String name;
    private final Tokens tokens;
    private final List<CodeClass> classes = new ArrayList<>();

    private CodeFile(String name, Tokens tokens) {
        this.name = name;
        this.tokens = tokens;
    }

    /**
     * Parses a file.
     *
     * @param name the record, such as code/__torch__/torch/nn/modules/linear.py
     * @param text its text
     * @return the file
     * @throws CodeException if it is not what libtorch writes
     */
    public static CodeFile parse(String name, String text) throws CodeException {
        CodeFile file = new CodeFile(name, Tokens.of(name, text));
        file.parse();
        return file;
    }

    private void parse() throws CodeException {
        String module =
                name.replaceFirst("^code/", "").replaceFirst("\\.py$", "").replace('/', '.');
        List<Line> lines = lines();
        for (int i = 0; i < lines.size(); ) {
            int next = i + 1;
            while (next < lines.size() && tokens.column(lines.get(next).from()) > 0) {
                next++;
            }
            Line first = lines.get(i);
            if (tokens.is(first.from(), "class") && tokens.kind(first.from() + 1) == Kind.NAME) {
                int end =
                        next < lines.size()
                                ? tokens.start(lines.get(next).from())
                                : tokens.source().length();
                classes.add(codeClass(module, lines.subList(i, next), end));
            }
            i = next;
        }
    }

    private List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (int token = 0; token < tokens.count(); token++) {
            if (tokens.kind(token) == Kind.END) {
                if (token > from) {
                    lines.add(new Line(from, token));
                }
                from = token + 1;
            }
        }
        return lines;
    }

    private CodeClass codeClass(String module, List<Line> lines, int end) throws CodeException {
        int head = lines.get(0).from();
        String className = tokens.text(head + 1);
        List<CodeAttribute> attributes = new ArrayList<>();
        Map<String, CodeMethod> methods = new LinkedHashMap<>();
        NameList parameters = NONE;
        NameList buffers = NONE;
        int indent = lines.size() > 1 ? tokens.column(lines.get(1).from()) : 0;
        for (int i = 1; i < lines.size(); ) {
            int next = i + 1;
            while (next < lines.size() && tokens.column(lines.get(next).from()) > indent) {
                next++;
            }
            Line line = lines.get(i);
            int from = line.from();
            if (tokens.is(from, "def")) {
                CodeMethod method = method(lines.subList(i, next));
                methods.putIfAbsent(method.name(), method);
            } else if (tokens.is(from, "__parameters__") && tokens.is(from + 1, "=")) {
                parameters = names(line);
            } else if (tokens.is(from, "__buffers__") && tokens.is(from + 1, "=")) {
                buffers = names(line);
            } else if (tokens.is(from, "__annotations__") && tokens.is(from + 1, "[")) {
                annotation(line, attributes);
            } else if (tokens.kind(from) == Kind.NAME && tokens.is(from + 1, ":")) {
                attributes.add(attribute(tokens.text(from), from + 2, line));
            }
            i = next;
        }
        return new CodeClass(
                tokens,
                className,
                module + "." + className,
                tokens.is(head + 2, "(") && tokens.kind(head + 3) == Kind.NAME
                        ? tokens.text(head + 3)
                        : "",
                tokens.start(head),
                end,
                indent,
                attributes,
                parameters,
                buffers,
                methods);
    }

    private NameList names(Line line) throws CodeException {
        int open = line.from() + 2;
        if (!tokens.is(open, "[") || tokens.partner(open) != line.to() - 1) {
            throw tokens.fault(tokens.start(line.from()), "expected a list of names");
        }
        List<String> names = new ArrayList<>();
        for (int token = open + 1; token < tokens.partner(open); token++) {
            if (tokens.kind(token) == Kind.STRING) {
                names.add(tokens.unquoted(token));
            } else if (!tokens.is(token, ",")) {
                throw tokens.fault(tokens.start(token), "expected a name in quotes");
            }
        }
        int lineEnd = tokens.end(line.to());
        return new NameList(List.copyOf(names), tokens.start(line.to() - 1), lineEnd);
    }

    /** The line {@code __annotations__["0"] = Type}, for a name that is no identifier. */
    private void annotation(Line line, List<CodeAttribute> attributes) throws CodeException {
        int from = line.from();
        if (line.to() - from == 4 && tokens.is(from + 2, "]")) {
            return; // __annotations__ = [] of older files, or an empty subscript
        }
        if (tokens.kind(from + 2) != Kind.STRING
                || !tokens.is(from + 3, "]")
                || !tokens.is(from + 4, "=")) {
            throw tokens.fault(tokens.start(from), "expected the type of an attribute");
        }
        attributes.add(attribute(tokens.unquoted(from + 2), from + 5, line));
    }

    /** An attribute whose type begins at a token; it ends at the line's end or an equals sign. */
    private CodeAttribute attribute(String attribute, int from, Line line) throws CodeException {
        int to = from;
        while (to < line.to() && !tokens.is(to, "=")) {
            boolean open = tokens.is(to, "[") || tokens.is(to, "(");
            to = open ? tokens.partner(to) + 1 : to + 1;
        }
        if (to == from) {
            throw tokens.fault(tokens.start(line.from()), "expected the type of an attribute");
        }
        return new CodeAttribute(attribute, tokens.start(from), tokens.end(to - 1));
    }

    private CodeMethod method(List<Line> lines) throws CodeException {
        int from = lines.get(0).from();
        if (tokens.kind(from + 1) != Kind.NAME || !tokens.is(from + 2, "(")) {
            throw tokens.fault(tokens.start(from), "expected a method");
        }
        List<String> parameters = new ArrayList<>();
        int close = tokens.partner(from + 2);
        for (int token = from + 3; token < close; ) {
            if (tokens.kind(token) == Kind.NAME) {
                parameters.add(tokens.text(token));
            }
            while (token < close && !tokens.is(token, ",")) {
                boolean open = tokens.is(token, "[") || tokens.is(token, "(");
                token = open ? tokens.partner(token) + 1 : token + 1;
            }
            token++;
        }
        if (parameters.isEmpty()) {
            throw tokens.fault(tokens.start(from), "expected a method of a module");
        }
        return new CodeMethod(
                tokens.text(from + 1),
                parameters.get(0),
                parameters.subList(1, parameters.size()),
                lines.subList(1, lines.size()));
    }

    /** Returns the record's name. */
    public String name() {
        return name;
    }

    /** Returns the tokens of the file. */
    public Tokens tokens() {
        return tokens;
    }

    /** Returns the classes in their order. */
    public List<CodeClass> classes() {
        return List.copyOf(classes);
    }
}
