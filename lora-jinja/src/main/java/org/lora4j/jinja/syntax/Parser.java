/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.tree.Expr;
import org.lora4j.jinja.tree.Macro;
import org.lora4j.jinja.tree.Stmt;
import org.lora4j.jinja.tree.Target;

/** Parses the statements of a template, including transformers' generation block. */
public final class Parser {
    private static final Set<String> UNSUPPORTED =
            Set.of("block", "extends", "include", "import", "from", "autoescape");

    private final Tokens tokens;
    private final ExprParser expressions;
    private int loops;

    private Parser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new ExprParser(tokens);
    }

    /** Parses a whole template. */
    public static Stmt parse(String template) {
        return new Parser(new Tokens(Lexer.tokens(template))).body(Set.of());
    }

    /** Statements up to one of the end tags, whose name becomes the current token. */
    private Stmt body(Set<String> ends) {
        int start = tokens.line();
        List<Stmt> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Stmt.Data(token.text()));
                case VARIABLE_BEGIN -> {
                    Expr printed = expressions.tuple(true, false);
                    statements.add(new Stmt.Print(printed, token.line()));
                    tokens.expect(Token.Kind.VARIABLE_END);
                }
                case BLOCK_BEGIN -> {
                    if (tokens.is(Token.Kind.NAME) && ends.contains(tokens.current().text())) {
                        return new Stmt.Body(statements);
                    }
                    tokens.enter();
                    statements.add(statement());
                    tokens.leave();
                    tokens.expect(Token.Kind.BLOCK_END);
                }
                default -> {
                    if (!ends.isEmpty()) {
                        String missing = String.join(" or ", ends.stream().sorted().toList());
                        throw tokens.error(
                                "Unexpected end of template. The block that begins on line %d needs %s."
                                        .formatted(start, missing));
                    }
                    return new Stmt.Body(statements);
                }
            }
        }
    }

    /** The rest of an opening tag, and its body up to one of the end tags. */
    private Stmt block(String... ends) {
        tokens.skipOperator(":");
        tokens.expect(Token.Kind.BLOCK_END);
        return body(Set.of(ends));
    }

    /** A body and its end tag. */
    private Stmt closed(String end) {
        Stmt body = block(end);
        tokens.next();
        return body;
    }

    private Stmt statement() {
        Token tag = tokens.expect(Token.Kind.NAME);
        int line = tag.line();
        return switch (tag.text()) {
            case "if" -> condition(line);
            case "for" -> loop(line);
            case "set" -> assignment(line);
            case "macro" -> {
                String name = tokens.expect(Token.Kind.NAME).text();
                yield new Stmt.Define(macro(name, parameters(), "endmacro"));
            }
            case "call" -> callBlock(line);
            case "filter" ->
                    new Stmt.Capture(null, expressions.filters(), closed("endfilter"), line);
            case "with" -> with(line);
            case "print" -> print(line);
            case "generation" -> new Stmt.Generation(outsideLoops("endgeneration"));
            case "break", "continue" -> {
                if (loops == 0) {
                    throw Failure.syntax(line, "'" + tag.text() + "' outside loop");
                }
                yield new Stmt.Jump(tag.isName("break"));
            }
            default ->
                    throw Failure.syntax(
                            line,
                            UNSUPPORTED.contains(tag.text())
                                    ? "the tag '%s' is not supported in a chat template here"
                                            .formatted(tag.text())
                                    : "Encountered unknown tag '" + tag.text() + "'.");
        };
    }

    private Stmt condition(int line) {
        List<Stmt.Branch> branches = new ArrayList<>();
        int at = line;
        while (true) {
            Expr test = expressions.tuple(false, false);
            branches.add(new Stmt.Branch(test, block("elif", "else", "endif"), at));
            Token end = tokens.next();
            at = end.line();
            if (!end.isName("elif")) {
                return new Stmt.If(branches, end.isName("else") ? closed("endif") : null);
            }
        }
    }

    private Stmt loop(int line) {
        Target target = expressions.target(false, true);
        tokens.expectName("in");
        Expr items = expressions.tuple(false, false);
        Expr test = tokens.skipName("if") ? expressions.expression() : null;
        boolean recursive = tokens.skipName("recursive");
        loops++;
        Stmt body = block("endfor", "else");
        loops--;
        Stmt otherwise = tokens.next().isName("else") ? closed("endfor") : null;
        return new Stmt.For(target, items, test, recursive, body, otherwise, line);
    }

    private Stmt assignment(int line) {
        Target target = expressions.target(true, false);
        if (tokens.skipOperator("=")) {
            return new Stmt.Assign(target, expressions.tuple(true, false), line);
        }
        Expr.Filter filter = tokens.skipOperator("|") ? expressions.filters() : null;
        return new Stmt.Capture(target, filter, closed("endset"), line);
    }

    private Stmt with(int line) {
        List<Target> variables = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (more(variables)) {
            variables.add(expressions.target(false, false));
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Stmt.With(variables, values, closed("endwith"), line);
    }

    private Stmt print(int line) {
        List<Stmt> printed = new ArrayList<>();
        while (more(printed)) {
            printed.add(new Stmt.Print(expressions.expression(), line));
        }
        return new Stmt.Body(printed);
    }

    /** Whether the tag has another part; reads the comma before it. */
    private boolean more(List<?> before) {
        boolean more = !tokens.is(Token.Kind.BLOCK_END);
        if (more && !before.isEmpty()) {
            tokens.expectOperator(",");
        }
        return more;
    }

    private Macro macro(String name, List<Macro.Parameter> parameters, String end) {
        List<Stmt> body = new ArrayList<>();
        Set<String> reads = expressions.namesIn(() -> body.add(outsideLoops(end)));
        return new Macro(name, parameters, body.get(0), reads);
    }

    /** A body and its end tag, inside which no break leaves a loop around it. */
    private Stmt outsideLoops(String end) {
        int around = loops;
        loops = 0;
        Stmt body = closed(end);
        loops = around;
        return body;
    }

    private Stmt callBlock(int line) {
        List<Macro.Parameter> parameters = tokens.isOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw Failure.syntax(line, "expected call");
        }
        return new Stmt.CallBlock(macro("caller", parameters, "endcall"), call, line);
    }

    private List<Macro.Parameter> parameters() {
        List<Macro.Parameter> parameters = new ArrayList<>();
        boolean optional = false;
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            String name = expressions.variable();
            Expr otherwise = tokens.skipOperator("=") ? expressions.expression() : null;
            if (otherwise == null && optional) {
                throw tokens.error("non-default argument follows default argument");
            }
            optional = otherwise != null;
            parameters.add(new Macro.Parameter(name, otherwise));
        }
        return parameters;
    }
}
