/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses operands: literals, names, displays, and what may follow them. */
final class OperandParser {
    private static final Expr NONE = new Expr.Literal(None.NONE);

    private final Tokens tokens;
    private final ExprParser expressions;
    private final NameUse names;

    OperandParser(Tokens tokens, ExprParser expressions, NameUse names) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.names = names;
    }

    Expr unary(boolean withFilters) {
        Expr operand;
        if (tokens.isOperator("-", "+")) {
            boolean minus = tokens.next().text().equals("-");
            tokens.enter();
            operand = new Expr.Sign(unary(false), minus);
            tokens.leave();
        } else {
            operand = primary();
        }
        operand = postfix(operand);
        return withFilters ? filtered(operand) : operand;
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
                yield new Expr.Literal(new StrValue(text.toString()));
            }
            case INTEGER -> new Expr.Literal(integer(token));
            case FLOAT -> new Expr.Literal(new FloatValue(Double.parseDouble(token.text())));
            case OPERATOR -> bracket(token);
            default -> throw Tokens.error(token.line(), "unexpected '" + token.described() + "'");
        };
    }

    private Expr name(String name) {
        return switch (name) {
            case "true", "True" -> new Expr.Literal(BoolValue.TRUE);
            case "false", "False" -> new Expr.Literal(BoolValue.FALSE);
            case "none", "None" -> NONE;
            default -> {
                names.read(name);
                yield new Expr.Name(name);
            }
        };
    }

    private static IntValue integer(Token token) {
        String text = token.text();
        int radix =
                text.length() < 2
                        ? 10
                        : switch (text.charAt(1)) {
                            case 'x', 'X' -> 16;
                            case 'o', 'O' -> 8;
                            case 'b', 'B' -> 2;
                            default -> 10;
                        };
        String digits = radix == 10 ? text : text.substring(2);
        if (digits.length() > 4300) {
            throw Tokens.error(token.line(), "an integer of more than 4300 digits");
        }
        return new IntValue(new BigInteger(digits, radix));
    }

    private Expr bracket(Token token) {
        tokens.enter();
        Expr result =
                switch (token.text()) {
                    case "(" -> {
                        Expr inner = expressions.tuple(true, true);
                        tokens.expectOperator(")");
                        yield inner;
                    }
                    case "[" -> list();
                    case "{" -> dict();
                    default ->
                            throw Tokens.error(
                                    token.line(), "unexpected '" + token.described() + "'");
                };
        tokens.leave();
        return result;
    }

    private Expr list() {
        List<Expr> items = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("]")) {
                    break;
                }
            }
            items.add(expressions.expression());
        }
        return new Expr.Sequence(items, false);
    }

    private Expr dict() {
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("}")) {
                    break;
                }
            }
            keys.add(expressions.expression());
            tokens.expectOperator(":");
            values.add(expressions.expression());
        }
        return new Expr.Dict(keys, values);
    }

    private Expr postfix(Expr start) {
        Expr result = start;
        for (int length = 1; ; length++) {
            expressions.check(length);
            if (tokens.skipOperator(".")) {
                result = dotted(result);
            } else if (tokens.isOperator("[")) {
                result = subscripted(result);
            } else if (tokens.isOperator("(")) {
                int line = tokens.line();
                result = new CallExpr(result, expressions.arguments(), line);
            } else {
                return result;
            }
        }
    }

    private Expr dotted(Expr owner) {
        Token token = tokens.next();
        if (token.kind() == Token.Kind.NAME) {
            return new Expr.Attribute(owner, token.text());
        }
        if (token.kind() != Token.Kind.INTEGER) {
            throw Tokens.error(token.line(), "expected name or number");
        }
        return new Expr.Item(owner, new Expr.Literal(integer(token)));
    }

    private Expr subscripted(Expr owner) {
        tokens.enter();
        tokens.expectOperator("[");
        Expr result;
        if (tokens.isOperator(":")) {
            result = slice(owner, NONE);
        } else {
            Expr key = expressions.expression();
            if (tokens.isOperator(":")) {
                result = slice(owner, key);
            } else if (tokens.isOperator(",")) {
                result = new Expr.Item(owner, tupleKey(key));
            } else {
                result = new Expr.Item(owner, key);
            }
        }
        tokens.expectOperator("]");
        tokens.leave();
        return result;
    }

    private Expr tupleKey(Expr first) {
        List<Expr> items = new ArrayList<>();
        items.add(first);
        while (tokens.skipOperator(",") && !tokens.isOperator("]")) {
            items.add(expressions.expression());
        }
        return new Expr.Sequence(items, true);
    }

    private Expr slice(Expr owner, Expr start) {
        tokens.expectOperator(":");
        Expr stop = tokens.isOperator(":", "]") ? NONE : expressions.expression();
        Expr step = NONE;
        if (tokens.skipOperator(":") && !tokens.isOperator("]")) {
            step = expressions.expression();
        }
        return new Expr.Slice(owner, start, stop, step);
    }

    private Expr filtered(Expr start) {
        Expr result = start;
        for (int length = 1; ; length++) {
            expressions.check(length);
            if (tokens.skipOperator("|")) {
                result = filter(result);
            } else if (tokens.skipName("is")) {
                result = test(result);
            } else if (tokens.isOperator("(")) {
                int line = tokens.line();
                result = new CallExpr(result, expressions.arguments(), line);
            } else {
                return result;
            }
        }
    }

    /** A filter's name and arguments, after the bar. */
    FilterExpr filter(@Nullable Expr input) {
        int line = tokens.line();
        String name = dottedName();
        CallArguments arguments =
                tokens.isOperator("(") ? expressions.arguments() : CallArguments.NONE;
        return new FilterExpr(input, name, arguments, line);
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
            arguments = expressions.arguments();
        } else if (startsTestArgument()) {
            if (tokens.current().isName("is")) {
                throw tokens.error("You cannot chain multiple tests with is");
            }
            Expr argument = postfix(primary());
            arguments = new CallArguments(List.of(argument), Map.of(), null, null);
        }
        Expr test = new TestExpr(input, name, arguments);
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
}
