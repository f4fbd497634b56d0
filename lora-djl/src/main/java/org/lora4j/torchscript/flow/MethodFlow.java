/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.code.Chain;
import org.lora4j.torchscript.code.CodeCall;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.code.CodeMethod.Line;
import org.lora4j.torchscript.code.Tokens;
import org.lora4j.torchscript.code.Tokens.Kind;
import org.lora4j.torchscript.flow.FlowValue.AttributeWeight;
import org.lora4j.torchscript.flow.FlowValue.ConstantWeight;
import org.lora4j.torchscript.flow.FlowValue.ModuleValue;
import org.lora4j.torchscript.flow.FlowValue.Unknown;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * One method of one module: what its variables hold. Whether a branch is taken does not count; a
 * variable that holds two different things is unknown.
 */
final class MethodFlow {
    /** A variable's value, and whether it came as an argument. */
    record Binding(FlowValue value, boolean byParameter) {}

    /** A line's parts: names that it assigns, and the tokens of what it computes. */
    record Statement(Line line, List<String> targets, @Nullable Chain written, int from) {}

    private static final int MAX_ROUNDS = 50;

    private final Program program;
    private final Instance module;
    private final CodeClass type;
    private final CodeMethod method;
    private final Tokens tokens;
    private final List<Statement> statements = new ArrayList<>();
    private final List<List<CodeCall>> calls = new ArrayList<>();
    private final Map<String, FlowValue> parameters = new HashMap<>();
    private Map<String, Binding> variables = new HashMap<>();

    MethodFlow(Program program, Instance module, CodeClass type, CodeMethod method) {
        this.program = program;
        this.module = module;
        this.type = type;
        this.method = method;
        this.tokens = type.tokens();
        for (Line line : method.lines()) {
            Statement statement = statement(line);
            statements.add(statement);
            calls.add(CodeCall.in(tokens, new Line(statement.from(), line.to())));
        }
    }

    private Statement statement(Line line) {
        int equals = line.from();
        while (equals < line.to() && !tokens.is(equals, "=")) {
            boolean open = tokens.is(equals, "(") || tokens.is(equals, "[");
            equals = open ? tokens.partner(equals) + 1 : equals + 1;
        }
        List<String> targets = new ArrayList<>();
        if (tokens.is(line.from(), "for")) {
            int at = line.from() + 1;
            while (at < line.to() && !tokens.is(at, "in")) {
                if (tokens.kind(at) == Kind.NAME) {
                    targets.add(tokens.text(at));
                }
                at++;
            }
            return new Statement(line, targets, null, Math.min(at + 1, line.to()));
        }
        if (equals >= line.to()) {
            return new Statement(line, targets, null, line.from());
        }
        Chain whole = Chain.at(tokens, line.from(), equals);
        if (whole != null && !whole.attributes().isEmpty()) {
            return new Statement(line, targets, whole, equals + 1);
        }
        if (whole == null && tokens.is(line.from() + 1, ":")) {
            targets.add(tokens.text(line.from()));
            return new Statement(line, targets, null, equals + 1);
        }
        for (int at = line.from(); at < equals; at++) {
            if (tokens.kind(at) == Kind.NAME) {
                targets.add(tokens.text(at));
            }
        }
        return new Statement(line, targets, null, equals + 1);
    }

    CodeClass type() {
        return type;
    }

    CodeMethod method() {
        return method;
    }

    Instance module() {
        return module;
    }

    List<Statement> statements() {
        return statements;
    }

    List<CodeCall> calls(int statement) {
        return calls.get(statement);
    }

    /** Notes what a call passes for a parameter; returns whether that is news. */
    boolean pass(String parameter, FlowValue value) {
        FlowValue old = parameters.get(parameter);
        FlowValue now = old == null || old.equals(value) ? value : Unknown.VALUE;
        return !now.equals(parameters.put(parameter, now));
    }

    FlowValue parameter(String name) {
        return parameters.getOrDefault(name, Unknown.VALUE);
    }

    /** Finds what the variables hold, given the parameters. */
    void evaluate() {
        for (int round = 0; round < MAX_ROUNDS; round++) {
            Map<String, Binding> now = new HashMap<>();
            now.put(method.self(), new Binding(new ModuleValue(module), false));
            for (String parameter : method.parameters()) {
                now.put(parameter, new Binding(parameter(parameter), true));
            }
            for (Statement statement : statements) {
                Chain chain = alias(statement);
                Binding binding =
                        chain == null
                                ? new Binding(Unknown.VALUE, false)
                                : new Binding(value(chain, now), byParameter(chain, now));
                for (String target : statement.targets()) {
                    Binding old = now.get(target);
                    // What was unknown in an earlier round stays so.
                    Binding before = variables.get(target);
                    boolean unknown =
                            (old != null && !old.equals(binding))
                                    || (before != null && before.value() == Unknown.VALUE);
                    now.put(target, unknown ? new Binding(Unknown.VALUE, false) : binding);
                }
            }
            boolean stable = now.equals(variables);
            variables = now;
            if (stable) {
                return;
            }
        }
        variables.replaceAll((name, binding) -> new Binding(Unknown.VALUE, false));
        variables.put(method.self(), new Binding(new ModuleValue(module), false));
    }

    /** Forgets what earlier parameters led to. */
    void reset() {
        variables = new HashMap<>();
    }

    /** The chain that is all that a statement assigns to one name, or null. */
    @Nullable Chain alias(Statement statement) {
        return statement.targets().size() == 1 && !tokens.is(statement.line().from(), "for")
                ? Chain.at(tokens, statement.from(), statement.line().to())
                : null;
    }

    FlowValue value(Chain chain) {
        return value(chain, variables);
    }

    boolean byParameter(Chain chain) {
        return byParameter(chain, variables);
    }

    private static boolean byParameter(Chain chain, Map<String, Binding> variables) {
        Binding binding = variables.get(chain.root());
        return chain.attributes().isEmpty() && binding != null && binding.byParameter();
    }

    private FlowValue value(Chain chain, Map<String, Binding> variables) {
        Binding binding = variables.get(chain.root());
        if (binding == null && chain.root().equals("CONSTANTS")) {
            return constant(chain);
        }
        FlowValue value = binding == null ? Unknown.VALUE : binding.value();
        for (String attribute : chain.attributes()) {
            if (!(value instanceof ModuleValue holder)) {
                return Unknown.VALUE;
            }
            value = attribute(holder.module(), attribute);
        }
        return value;
    }

    private FlowValue constant(Chain chain) {
        if (chain.attributes().size() == 1 && chain.attributes().get(0).matches("c[0-9]{1,9}")) {
            String name = chain.attributes().get(0);
            int index = Integer.parseInt(name.substring(1));
            if (index < program.constants().size()
                    && program.constants().get(index) instanceof ScriptTensor tensor) {
                return new ConstantWeight(name, tensor);
            }
        }
        return Unknown.VALUE;
    }

    private static FlowValue attribute(Instance owner, String name) {
        ScriptValue value = Program.attribute(owner, name);
        if (value instanceof ScriptTensor tensor) {
            return new AttributeWeight(owner, name, tensor);
        }
        if (value instanceof Instance child) {
            return new ModuleValue(child);
        }
        List<ScriptTensor> tensors = value == null ? List.of() : TensorLists.of(value);
        return tensors.isEmpty() ? Unknown.VALUE : TensorLists.value(owner, name, tensors);
    }
}
