/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses a template's statements: jinja2/parser.py 3.1.6, with the generation block. */
final class Parser {
    private static final Set<String> UNSUPPORTED =
            Set.of("block", "extends", "include", "import", "from", "autoescape");

    private final Tokens tokens;
    private final NameUse names = new NameUse();
    private final ExprParser expressions;
    private final TargetParser targets;
    private int loops;

    private Parser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new ExprParser(tokens, names);
        this.targets = new TargetParser(tokens);
    }

    static Stmt parse(String template) {
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
                        throw tokens.error(
                                "Unexpected end of template. The block that begins on line "
                                        + start
                                        + " needs "
                                        + String.join(" or ", ends.stream().sorted().toList())
                                        + ".");
                    }
                    return new Stmt.Body(statements);
                }
            }
        }
    }

    /** The rest of an opening tag, and its body. */
    private Stmt block(String... ends) {
        tokens.skipOperator(":");
        tokens.expect(Token.Kind.BLOCK_END);
        return body(Set.of(ends));
    }

    /** A body with a single end tag, which is read as well. */
    private Stmt closed(String end) {
        Stmt body = block(end);
        tokens.next();
        return body;
    }

    private Stmt statement() {
        Token tag = tokens.expect(Token.Kind.NAME);
        return switch (tag.text()) {
            case "if" -> condition(tag.line());
            case "for" -> loop(tag.line());
            case "set" -> assignment(tag.line());
            case "macro" -> macro();
            case "call" -> callBlock(tag.line());
            case "filter" -> filterBlock(tag.line());
            case "with" -> with(tag.line());
            case "print" -> print(tag.line());
            case "generation" -> new Stmt.Generation(outsideLoops("endgeneration"));
            case "break", "continue" -> jump(tag);
            default -> throw Tokens.error(tag.line(), unknown(tag.text()));
        };
    }

    private static String unknown(String tag) {
        return UNSUPPORTED.contains(tag)
                ? "the tag '" + tag + "' is not supported in a chat template here"
                : "Encountered unknown tag '" + tag + "'.";
    }

    private Stmt condition(int line) {
        List<Stmt.Branch> branches = new ArrayList<>();
        int at = line;
        while (true) {
            Expr test = expressions.tuple(false, false);
            branches.add(new Stmt.Branch(test, block("elif", "else", "endif"), at));
            Token end = tokens.next();
            at = end.line();
            if (end.isName("else")) {
                return new Stmt.If(branches, closed("endif"));
            }
            if (end.isName("endif")) {
                return new Stmt.If(branches, null);
            }
        }
    }

    private Stmt loop(int line) {
        Target target = targets.target(false, true);
        tokens.expectName("in");
        Expr items = expressions.tuple(false, false);
        Expr test = tokens.skipName("if") ? expressions.expression() : null;
        boolean recursive = tokens.skipName("recursive");
        loops++;
        Stmt body = block("endfor", "else");
        loops--;
        Stmt otherwise = tokens.next().isName("else") ? closed("endfor") : null;
        return new ForStmt(target, items, test, recursive, body, otherwise, line);
    }

    private Stmt assignment(int line) {
        Target target = targets.target(true, false);
        if (tokens.skipOperator("=")) {
            return new Stmt.Assign(target, expressions.tuple(true, false), line);
        }
        FilterExpr filter = null;
        for (int length = 1; tokens.skipOperator("|"); length++) {
            expressions.check(length);
            filter = expressions.operands().filter(filter);
        }
        return new Stmt.AssignBlock(target, filter, closed("endset"), line);
    }

    private Stmt filterBlock(int line) {
        FilterExpr filter = expressions.operands().filter(null);
        for (int length = 1; tokens.skipOperator("|"); length++) {
            expressions.check(length);
            filter = expressions.operands().filter(filter);
        }
        return new Stmt.FilterBlock(filter, closed("endfilter"), line);
    }

    private Stmt with(int line) {
        List<Target> variables = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!tokens.is(Token.Kind.BLOCK_END)) {
            if (!variables.isEmpty()) {
                tokens.expectOperator(",");
            }
            variables.add(targets.target(false, false));
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Stmt.With(variables, values, closed("endwith"), line);
    }

    private Stmt print(int line) {
        List<Stmt> printed = new ArrayList<>();
        while (!tokens.is(Token.Kind.BLOCK_END)) {
            if (!printed.isEmpty()) {
                tokens.expectOperator(",");
            }
            printed.add(new Stmt.Print(expressions.expression(), line));
        }
        return new Stmt.Body(printed);
    }

    private Stmt jump(Token tag) {
        if (loops == 0) {
            throw Tokens.error(tag.line(), "'" + tag.text() + "' outside loop");
        }
        return new Stmt.Jump(tag.isName("break"));
    }

    private Stmt macro() {
        String name = tokens.expect(Token.Kind.NAME).text();
        return new MacroStmt(macro(name, parameters(), "endmacro"));
    }

    private Macro macro(String name, List<Macro.Parameter> parameters, String end) {
        Set<String> before = names.begin();
        Stmt body = outsideLoops(end);
        return new Macro(name, parameters, body, names.end(before));
    }

    /** A body that a break cannot leave, whatever loop it stands in. */
    private Stmt outsideLoops(String end) {
        int around = loops;
        loops = 0;
        Stmt body = closed(end);
        loops = around;
        return body;
    }

    private Stmt callBlock(int line) {
        List<Macro.Parameter> parameters = tokens.isOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof CallExpr call)) {
            throw Tokens.error(line, "expected call");
        }
        return new CallBlock(macro("caller", parameters, "endcall"), call, line);
    }

    private List<Macro.Parameter> parameters() {
        List<Macro.Parameter> parameters = new ArrayList<>();
        boolean optional = false;
        tokens.expectOperator("(");
        while (!tokens.isOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            String name = targets.name();
            Expr otherwise = tokens.skipOperator("=") ? expressions.expression() : null;
            if (otherwise == null && optional) {
                throw tokens.error("non-default argument follows default argument");
            }
            optional = otherwise != null;
            parameters.add(new Macro.Parameter(name, otherwise));
        }
        tokens.expectOperator(")");
        return parameters;
    }
}
