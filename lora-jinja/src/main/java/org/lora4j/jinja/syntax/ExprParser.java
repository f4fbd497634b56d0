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

/** Parses expressions with Jinja's precedences, and what is assigned to. */
final class ExprParser {
    /** The longest chain of operators without brackets. */
    private static final int MAX_CHAIN = 1000;

    /** Operators that group from the left, from the weakest to the strongest. */
    private static final List<String[]> BINARY =
            List.of(
                    new String[] {"+", "-"},
                    new String[] {"~"},
                    new String[] {"*", "/", "//", "%"},
                    new String[] {"**"});

    private static final String[] COMPARISONS = {"==", "!=", "<", "<=", ">", ">="};
    private static final Set<String> CONSTANTS =
            Set.of("true", "false", "none", "True", "False", "None");
    private static final Expr NONE = new Expr.Literal(Value.None.NONE);

    private final Tokens tokens;
    private Set<String> names = new HashSet<>();

    ExprParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /** The variables that something reads; what is around it reads them as well. */
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
        Expr result = disjunction();
        for (int length = 1; tokens.current().isName("if"); length++) {
            int line = tokens.next().line();
            check(length);
            Expr test = disjunction();
            Expr otherwise = tokens.skipName("else") ? expression() : null;
            result = new Expr.Conditional(test, result, otherwise, line);
        }
        tokens.leave();
        return result;
    }

    /** An expression without a condition at its end. */
    private Expr disjunction() {
        Expr left = conjunction();
        for (int length = 1; tokens.skipName("or"); length++) {
            check(length);
            left = new Expr.Logical(left, conjunction(), false);
        }
        return left;
    }

    private Expr conjunction() {
        Expr left = negation();
        for (int length = 1; tokens.skipName("and"); length++) {
            check(length);
            left = new Expr.Logical(left, negation(), true);
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
            } else if (tokens.current().isName("not") && tokens.following().isName("in")) {
                tokens.next();
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
        return switch (name) {
            case "true", "True" -> new Expr.Literal(Value.Bool.TRUE);
            case "false", "False" -> new Expr.Literal(Value.Bool.FALSE);
            case "none", "None" -> NONE;
            default -> {
                names.add(name);
                yield new Expr.Name(name);
            }
        };
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
            throw Failure.syntax(token.line(), "an integer of more than 4300 digits");
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

    /** Expressions between commas, one of which may stand at the end, and a closing bracket. */
    private List<Expr> items(String close) {
        List<Expr> items = new ArrayList<>();
        while (another(items.isEmpty(), close)) {
            items.add(expression());
        }
        return items;
    }

    /** Reads the comma before another item, or the closing bracket, and tells which it was. */
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

    /** What may follow an operand: calls; names and items of it; filters and tests. */
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
        Expr result;
        if (tokens.skipOperator(":")) {
            Expr stop = tokens.isOperator(":", "]") ? NONE : expression();
            boolean steps = tokens.skipOperator(":") && !tokens.isOperator("]");
            result = new Expr.Slice(owner, key, stop, steps ? expression() : NONE);
            tokens.expectOperator("]");
        } else if (tokens.skipOperator(",")) {
            List<Expr> items = new ArrayList<>(List.of(key));
            items.addAll(items("]"));
            result = new Expr.Item(owner, new Expr.Items(items, true));
        } else {
            result = new Expr.Item(owner, key);
            tokens.expectOperator("]");
        }
        tokens.leave();
        return result;
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

    /** One or several expressions; several, or one with a comma after it, are a tuple. */
    Expr tuple(boolean conditions, boolean parentheses) {
        List<Expr> items = new ArrayList<>();
        boolean tuple = false;
        while (!atTupleEnd()) {
            items.add(conditions ? expression() : disjunction());
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
     * What an assignment or loop assigns to.
     *
     * @param namespaces whether attributes of namespaces are allowed
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
        if (CONSTANTS.contains(name)) {
            throw tokens.error("can't assign to '" + name + "'");
        }
        return name;
    }
}
