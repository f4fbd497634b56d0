/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions down to unary operators, with Jinja's precedences: jinja2/parser.py 3.1.6. */
final class ExprParser {
    /** The longest chain of operators without brackets. */
    private static final int MAX_CHAIN = 1000;

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final Tokens tokens;
    private final OperandParser operands;

    ExprParser(Tokens tokens, NameUse names) {
        this.tokens = tokens;
        this.operands = new OperandParser(tokens, this, names);
    }

    OperandParser operands() {
        return operands;
    }

    Expr expression() {
        tokens.enter();
        Expr result = disjunction();
        int length = 0;
        while (tokens.current().isName("if")) {
            int line = tokens.next().line();
            check(++length);
            Expr test = disjunction();
            Expr otherwise = tokens.skipName("else") ? expression() : null;
            result = new Expr.Conditional(test, result, otherwise, line);
        }
        tokens.leave();
        return result;
    }

    /** An expression without a condition at its end. */
    Expr disjunction() {
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
        Expr first = sum();
        List<String> operators = new ArrayList<>();
        List<Expr> others = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            if (token.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(token.text())) {
                operators.add(tokens.next().text());
            } else if (tokens.skipName("in")) {
                operators.add("in");
            } else if (token.isName("not") && tokens.following().isName("in")) {
                tokens.next();
                tokens.next();
                operators.add("not in");
            } else {
                break;
            }
            others.add(sum());
        }
        return operators.isEmpty() ? first : new Expr.Compare(first, operators, others);
    }

    private Expr sum() {
        Expr left = concatenation();
        for (int length = 1; tokens.isOperator("+", "-"); length++) {
            check(length);
            left = new Expr.Binary(tokens.next().text(), left, concatenation());
        }
        return left;
    }

    private Expr concatenation() {
        Expr first = product();
        if (!tokens.isOperator("~")) {
            return first;
        }
        List<Expr> parts = new ArrayList<>();
        parts.add(first);
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return new Expr.Concat(parts);
    }

    private Expr product() {
        Expr left = power();
        for (int length = 1; tokens.isOperator("*", "/", "//", "%"); length++) {
            check(length);
            left = new Expr.Binary(tokens.next().text(), left, power());
        }
        return left;
    }

    private Expr power() {
        Expr left = operands.unary(true);
        for (int length = 1; tokens.skipOperator("**"); length++) {
            check(length);
            left = new Expr.Binary("**", left, operands.unary(true));
        }
        return left;
    }

    void check(int length) {
        if (length > MAX_CHAIN) {
            throw tokens.error("more than " + MAX_CHAIN + " operators in a row");
        }
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
            throw tokens.error(
                    "Expected an expression, got '" + tokens.current().described() + "'");
        }
        return new Expr.Sequence(items, true);
    }

    private boolean atTupleEnd() {
        return tokens.is(Token.Kind.VARIABLE_END)
                || tokens.is(Token.Kind.BLOCK_END)
                || tokens.isOperator(")")
                || tokens.current().isName("recursive");
    }

    /** The arguments of a call, from its opening parenthesis on. */
    CallArguments arguments() {
        int line = tokens.line();
        tokens.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        Map<String, Expr> named = new LinkedHashMap<>();
        Expr more = null;
        Expr moreNamed = null;
        while (!tokens.isOperator(")")) {
            boolean first =
                    positional.isEmpty() && named.isEmpty() && more == null && moreNamed == null;
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.isOperator(")")) {
                    break;
                }
            }
            boolean fits;
            if (tokens.skipOperator("*")) {
                fits = more == null && moreNamed == null;
                more = expression();
            } else if (tokens.skipOperator("**")) {
                fits = moreNamed == null;
                moreNamed = expression();
            } else if (tokens.is(Token.Kind.NAME) && tokens.following().isOperator("=")) {
                String name = tokens.next().text();
                tokens.next();
                fits = moreNamed == null && named.put(name, expression()) == null;
            } else {
                fits = more == null && moreNamed == null && named.isEmpty();
                positional.add(expression());
            }
            if (!fits) {
                throw Tokens.error(line, "invalid syntax for function call expression");
            }
        }
        tokens.expectOperator(")");
        return new CallArguments(positional, named, more, moreNamed);
    }
}
