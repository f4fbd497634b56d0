/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Value;
import org.lora4j.jinja.tree.CallArguments;
import org.lora4j.jinja.tree.Expr;
import org.lora4j.jinja.tree.Target;

/** Parses expressions with Jinja's precedences, and the targets of assignments. */
final class ExprParser {
    /** The most operators in a row without brackets. */
    private static final int MAX_CHAIN = 1000;

    /** Operators that group from the left, from the weakest to the strongest. */
    private static final List<String[]> BINARY =
            List.of(
                    new String[] {"+", "-"},
                    new String[] {"~"},
                    new String[] {"*", "/", "//", "%"},
                    new String[] {"**"});

    private static final String[] COMPARISONS = {"==", "!=", "<", "<=", ">", ">="};
    private static final Expr NONE = new Expr.Literal(Value.None.NONE);
    private static final Expr TRUE = new Expr.Literal(Value.Bool.TRUE);
    private static final Expr FALSE = new Expr.Literal(Value.Bool.FALSE);
    private static final Map<String, Expr> CONSTANTS =
            Map.of(
                    "none", NONE, "None", NONE, "true", TRUE, "True", TRUE, "false", FALSE, "False",
                    FALSE);

    private final Tokens tokens;
    private Set<String> names = new HashSet<>();

    ExprParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /** The variables that a part of the template reads; what surrounds it reads them as well. */
    Set<String> namesIn(Runnable something) {
        Set<String> before = names;
        names = new HashSet<>();
        something.run();
        Set<String> read = names;
        names = before;
        names.addAll(read);
        return read;
    }

    Expr expression() {
        tokens.enter();
        Expr result = logical(false);
        for (int length = 1; tokens.current().isName("if"); length++) {
            int line = tokens.next().line();
            check(length);
            Expr test = logical(false);
            Expr otherwise = tokens.skipName("else") ? expression() : null;
            result = new Expr.Conditional(test, result, otherwise, line);
        }
        tokens.leave();
        return result;
    }

    /** Operands of "and", or such chains as operands of "or"; without a condition at the end. */
    private Expr logical(boolean and) {
        Expr left = and ? negation() : logical(true);
        for (int length = 1; tokens.skipName(and ? "and" : "or"); length++) {
            check(length);
            left = new Expr.Logical(left, and ? negation() : logical(true), and);
        }
        return left;
    }

    private Expr negation() {
        if (!tokens.skipName("not")) {
            return comparison();
        }
        tokens.enter();
        Expr negated = new Expr.Not(negation());
        tokens.leave();
        return negated;
    }

    private Expr comparison() {
        Expr first = binary(0);
        List<String> operators = new ArrayList<>();
        List<Expr> others = new ArrayList<>();
        while (true) {
            if (tokens.isOperator(COMPARISONS)) {
                operators.add(tokens.next().text());
            } else if (tokens.skipName("in")) {
                operators.add("in");
            } else if (tokens.following().isName("in") && tokens.skipName("not")) {
                tokens.next();
                operators.add("not in");
            } else {
                return operators.isEmpty() ? first : new Expr.Compare(first, operators, others);
            }
            others.add(binary(0));
        }
    }

    private Expr binary(int level) {
        if (level == BINARY.size()) {
            return unary(true);
        }
        Expr left = binary(level + 1);
        if (tokens.isOperator("~") && tokens.isOperator(BINARY.get(level))) {
            List<Expr> parts = new ArrayList<>(List.of(left));
            while (tokens.skipOperator("~")) {
                parts.add(binary(level + 1));
            }
            return new Expr.Concat(parts);
        }
        for (int length = 1; tokens.isOperator(BINARY.get(level)); length++) {
            check(length);
            left = new Expr.Binary(tokens.next().text(), left, binary(level + 1));
        }
        return left;
    }

    void check(int length) {
        if (length > MAX_CHAIN) {
            throw tokens.error("more than " + MAX_CHAIN + " operators in a row");
        }
    }

    private Expr unary(boolean withFilters) {
        Expr operand;
        if (tokens.isOperator("-", "+")) {
            boolean minus = tokens.next().text().equals("-");
            tokens.enter();
            operand = new Expr.Sign(unary(false), minus);
            tokens.leave();
        } else {
            operand = primary();
        }
        operand = postfix(operand, true, false);
        return withFilters ? postfix(operand, false, true) : operand;
    }

    private Expr primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> name(token.text());
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.is(Token.Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                yield new Expr.Literal(new Value.Str(text.toString()));
            }
            case INTEGER -> integer(token);
            case FLOAT -> new Expr.Literal(new Value.Real(Double.parseDouble(token.text())));
            case OPERATOR -> bracket(token);
            default -> throw unexpected(token);
        };
    }

    private static Failure unexpected(Token token) {
        return Failure.syntax(token.line(), "unexpected '" + token.described() + "'");
    }

    private Expr name(String name) {
        Expr constant = CONSTANTS.get(name);
        if (constant == null) {
            names.add(name);
        }
        return constant == null ? new Expr.Name(name) : constant;
    }

    private static Expr integer(Token token) {
        String text = token.text();
        int radix =
                switch ((text + " ").charAt(1)) {
                    case 'x', 'X' -> 16;
                    case 'o', 'O' -> 8;
                    case 'b', 'B' -> 2;
                    default -> 10;
                };
        String digits = radix == 10 ? text : text.substring(2);
        if (digits.length() > Value.Int.MAX_DIGITS) {
            throw Failure.syntax(token.line(), Value.Int.TOO_LONG);
        }
        return new Expr.Literal(new Value.Int(new BigInteger(digits, radix)));
    }

    private Expr bracket(Token token) {
        tokens.enter();
        Expr result =
                switch (token.text()) {
                    case "(" -> {
                        Expr inner = tuple(true, true);
                        tokens.expectOperator(")");
                        yield inner;
                    }
                    case "[" -> new Expr.Items(items("]"), false);
                    case "{" -> dict();
                    default -> throw unexpected(token);
                };
        tokens.leave();
        return result;
    }

    /** Expressions separated by commas, with or without one at the end, and a closing bracket. */
    private List<Expr> items(String close) {
        List<Expr> items = new ArrayList<>();
        while (another(items.isEmpty(), close)) {
            items.add(expression());
        }
        return items;
    }

    /** Reads the comma before another item, or the closing bracket; returns false at the latter. */
    private boolean another(boolean first, String close) {
        if (!first && !tokens.isOperator(close)) {
            tokens.expectOperator(",");
        }
        return !tokens.skipOperator(close);
    }

    private Expr dict() {
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (another(keys.isEmpty(), "}")) {
            keys.add(expression());
            tokens.expectOperator(":");
            values.add(expression());
        }
        return new Expr.Dict(keys, values);
    }

    /** Reads what follows an operand: calls, and names and items of it, or filters and tests. */
    private Expr postfix(Expr start, boolean parts, boolean filters) {
        Expr result = start;
        for (int length = 1; ; length++) {
            check(length);
            int line = tokens.line();
            if (tokens.isOperator("(")) {
                result = new Expr.Call(result, arguments(), line);
            } else if (parts && tokens.skipOperator(".")) {
                result = dotted(result);
            } else if (parts && tokens.isOperator("[")) {
                result = subscripted(result);
            } else if (filters && tokens.skipOperator("|")) {
                result = filter(result);
            } else if (filters && tokens.skipName("is")) {
                result = test(result);
            } else {
                return result;
            }
        }
    }

    private Expr dotted(Expr owner) {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> new Expr.Attribute(owner, token.text());
            case INTEGER -> new Expr.Item(owner, integer(token));
            default -> throw Failure.syntax(token.line(), "expected name or number");
        };
    }

    private Expr subscripted(Expr owner) {
        tokens.enter();
        tokens.expectOperator("[");
        Expr key = tokens.isOperator(":") ? NONE : expression();
        Expr result = new Expr.Item(owner, key);
        if (tokens.skipOperator(":")) {
            Expr stop = bound();
            result = new Expr.Slice(owner, key, stop, tokens.skipOperator(":") ? bound() : NONE);
            tokens.expectOperator("]");
        } else if (tokens.skipOperator(",")) {
            List<Expr> items = new ArrayList<>(List.of(key));
            items.addAll(items("]"));
            result = new Expr.Item(owner, new Expr.Items(items, true));
        } else {
            tokens.expectOperator("]");
        }
        tokens.leave();
        return result;
    }

    /** The stop or step of a slice, or None where it is left out. */
    private Expr bound() {
        return tokens.isOperator(":", "]") ? NONE : expression();
    }

    /** A filter's name and arguments, after the bar. */
    Expr.Filter filter(@Nullable Expr input) {
        String name = dottedName();
        return new Expr.Filter(
                input, name, tokens.isOperator("(") ? arguments() : CallArguments.NONE);
    }

    /** Filters without an input, each after a bar; the first name is the current token. */
    Expr.Filter filters() {
        Expr.Filter chain = filter(null);
        for (int length = 1; tokens.skipOperator("|"); length++) {
            check(length);
            chain = filter(chain);
        }
        return chain;
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(tokens.expect(Token.Kind.NAME).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Token.Kind.NAME).text());
        }
        return name.toString();
    }

    private Expr test(Expr input) {
        boolean negated = tokens.skipName("not");
        String name = dottedName();
        CallArguments arguments = CallArguments.NONE;
        if (tokens.isOperator("(")) {
            arguments = arguments();
        } else if (startsTestArgument()) {
            if (tokens.current().isName("is")) {
                throw tokens.error("You cannot chain multiple tests with is");
            }
            arguments = CallArguments.of(List.of(postfix(primary(), true, false)));
        }
        Expr test = new Expr.Test(input, name, arguments);
        return negated ? new Expr.Not(test) : test;
    }

    private boolean startsTestArgument() {
        Token token = tokens.current();
        return switch (token.kind()) {
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            default -> tokens.isOperator("[", "{");
        };
    }

    /** One expression, or a tuple of several or of one that has a comma after it. */
    Expr tuple(boolean conditions, boolean parentheses) {
        List<Expr> items = new ArrayList<>();
        boolean tuple = false;
        while (!atTupleEnd()) {
            items.add(conditions ? expression() : logical(false));
            if (!tokens.skipOperator(",")) {
                break;
            }
            tuple = true;
        }
        if (!tuple && items.size() == 1) {
            return items.get(0);
        }
        if (!tuple && !parentheses) {
            throw noExpression();
        }
        return new Expr.Items(items, true);
    }

    private Failure noExpression() {
        return tokens.error("Expected an expression, got '" + tokens.current().described() + "'");
    }

    private boolean atTupleEnd() {
        return tokens.is(Token.Kind.VARIABLE_END)
                || tokens.is(Token.Kind.BLOCK_END)
                || tokens.isOperator(")")
                || tokens.current().isName("recursive");
    }

    /** The arguments of a call, from its opening parenthesis on. */
    private CallArguments arguments() {
        int line = tokens.line();
        tokens.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        Map<String, Expr> named = new LinkedHashMap<>();
        Expr more = null;
        Expr moreNamed = null;
        for (boolean first = true; another(first, ")"); first = false) {
            boolean fits;
            if (tokens.skipOperator("*")) {
                fits = more == null && moreNamed == null;
                more = expression();
            } else if (tokens.skipOperator("**")) {
                fits = moreNamed == null;
                moreNamed = expression();
            } else if (tokens.is(Token.Kind.NAME) && Tokens.isOperator(tokens.following(), "=")) {
                String name = tokens.next().text();
                tokens.next();
                fits = moreNamed == null && named.put(name, expression()) == null;
            } else {
                fits = more == null && moreNamed == null && named.isEmpty();
                positional.add(expression());
            }
            if (!fits) {
                throw Failure.syntax(line, "invalid syntax for function call expression");
            }
        }
        return new CallArguments(positional, named, more, moreNamed);
    }

    /**
     * The target of an assignment or loop.
     *
     * @param namespaces whether it may be an attribute of a namespace
     * @param inLoop whether the word "in" ends it
     */
    Target target(boolean namespaces, boolean inLoop) {
        List<Target> targets = new ArrayList<>();
        boolean several = false;
        while (!tokens.is(Token.Kind.BLOCK_END)
                && !tokens.isOperator(")", "=")
                && !(inLoop && tokens.current().isName("in"))) {
            targets.add(single(namespaces, inLoop));
            if (!tokens.skipOperator(",")) {
                break;
            }
            several = true;
        }
        if (targets.isEmpty()) {
            throw noExpression();
        }
        return several ? new Target.Unpacking(targets) : targets.get(0);
    }

    private Target single(boolean namespaces, boolean inLoop) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target inner = target(namespaces, inLoop);
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        String name = variable();
        return namespaces && tokens.skipOperator(".")
                ? new Target.Attribute(name, tokens.expect(Token.Kind.NAME).text())
                : new Target.Variable(name);
    }

    /** A name that can be assigned to. */
    String variable() {
        String name = tokens.expect(Token.Kind.NAME).text();
        if (CONSTANTS.containsKey(name)) {
            throw tokens.error("can't assign to '" + name + "'");
        }
        return name;
    }
}
