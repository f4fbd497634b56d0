/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.code;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.code.CodeMethod.Line;
import org.lora4j.torchscript.code.Tokens.Kind;

/**
 * A call in a method.
 *
 * @param callee the first token of what is called
 * @param open the token of its opening bracket
 * @param close the token of its closing bracket
 * @param name what is called: {@code torch.linear}, or the method's name after a module
 * @param receiver the module whose method is called, or null
 * @param arguments the arguments in their order
 */
public record CodeCall(
        int callee,
        int open,
        int close,
        String name,
        @Nullable Chain receiver,
        List<Argument> arguments) {
    /**
     * An argument.
     *
     * @param from its first token
     * @param to the token after its last
     * @param keyword its name, or null for one by position
     */
    public record Argument(int from, int to, @Nullable String keyword) {}

    private static final Set<String> WORDS =
            Set.of("if", "elif", "while", "for", "in", "return", "and", "or", "not", "is", "def");

    /** The roots of names that are no variables. */
    public static final Set<String> NAMESPACES = Set.of("torch", "ops", "__torch__");

    /** Copies the list. */
    public CodeCall {
        arguments = List.copyOf(arguments);
    }

    /** Returns whether all arguments are by position. */
    public boolean isPositional() {
        return arguments.stream().allMatch(argument -> argument.keyword() == null);
    }

    /**
     * Finds the calls of a line, outer ones before inner ones.
     *
     * @param tokens the file's tokens
     * @param line the line
     * @return its calls
     */
    public static List<CodeCall> in(Tokens tokens, Line line) {
        List<CodeCall> calls = new ArrayList<>();
        for (int token = line.from() + 1; token < line.to(); token++) {
            if (tokens.is(token, "(")
                    && tokens.kind(token - 1) == Kind.NAME
                    && !WORDS.contains(tokens.text(token - 1))
                    && !tokens.is(token - 1, "getattr")) {
                calls.add(at(tokens, line, token));
            }
        }
        return calls;
    }

    private static CodeCall at(Tokens tokens, Line line, int open) {
        int nameToken = open - 1;
        Chain receiver = null;
        int callee = nameToken;
        if (tokens.is(nameToken - 1, ".") && nameToken - 2 >= line.from()) {
            callee = start(tokens, line, nameToken - 2);
            receiver = Chain.at(tokens, callee, nameToken - 1);
        }
        String name = tokens.text(nameToken);
        if (receiver != null && NAMESPACES.contains(receiver.root())) {
            name = tokens.text(callee, nameToken + 1);
            receiver = null;
        } else if (receiver == null && callee != nameToken) {
            name = tokens.text(callee, nameToken + 1); // a receiver that is no plain chain
        }
        int close = tokens.partner(open);
        return new CodeCall(callee, open, close, name, receiver, arguments(tokens, open, close));
    }

    /** Goes back from the last token of a dotted expression to its first. */
    private static int start(Tokens tokens, Line line, int last) {
        int at = last;
        while (true) {
            if (tokens.is(at, ")") || tokens.is(at, "]")) {
                at = tokens.partner(at);
                boolean call =
                        tokens.kind(at - 1) == Kind.NAME
                                && at - 1 >= line.from()
                                && !WORDS.contains(tokens.text(at - 1));
                if (!call) {
                    return at;
                }
                at--;
            }
            if (at - 2 < line.from() || !tokens.is(at - 1, ".")) {
                return at;
            }
            at -= 2;
        }
    }

    private static List<Argument> arguments(Tokens tokens, int open, int close) {
        List<Argument> arguments = new ArrayList<>();
        int from = open + 1;
        for (int token = from; token <= close; token++) {
            if (token == close || tokens.is(token, ",")) {
                if (token > from) {
                    boolean keyword =
                            tokens.kind(from) == Kind.NAME
                                    && tokens.is(from + 1, "=")
                                    && token > from + 2;
                    arguments.add(
                            keyword
                                    ? new Argument(from + 2, token, tokens.text(from))
                                    : new Argument(from, token, null));
                }
                from = token + 1;
            } else if (tokens.is(token, "(") || tokens.is(token, "[") || tokens.is(token, "{")) {
                token = tokens.partner(token);
            }
        }
        return arguments;
    }
}
