/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.code.Chain;
import org.lora4j.torchscript.code.CodeCall;
import org.lora4j.torchscript.code.CodeCall.Argument;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.code.Tokens;
import org.lora4j.torchscript.code.Tokens.Kind;
import org.lora4j.torchscript.flow.FlowValue.AttributeWeight;
import org.lora4j.torchscript.flow.FlowValue.ModuleValue;
import org.lora4j.torchscript.flow.FlowValue.Unknown;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.FlowValue.WeightList;
import org.lora4j.torchscript.flow.MethodFlow.Statement;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * All reads and uses of weights in the methods that can run: the root's, and those that they call
 * on modules, at any depth. Other text of the archive is dead, such as the layers' methods after
 * inlining.
 */
public final class WeightFlow {
    private static final int MAX_METHODS = 1_000_000;

    private final Program program;
    private final Map<Instance, Map<String, MethodFlow>> methods = new HashMap<>();
    private final List<MethodFlow> order = new ArrayList<>();
    private final List<WeightRead> reads = new ArrayList<>();
    private final List<WeightUse> uses = new ArrayList<>();
    private final Set<Weight> written = new HashSet<>();
    private final Set<String> unresolved = new HashSet<>();
    private final Set<String> unknownCalls = new HashSet<>();
    private final Set<String> calledNames = new LinkedHashSet<>();

    private WeightFlow(Program program) {
        this.program = program;
    }

    /**
     * Follows the code of a program.
     *
     * @param program the program
     * @return its reads and uses of weights
     */
    public static WeightFlow of(Program program) {
        WeightFlow flow = new WeightFlow(program);
        flow.reach();
        for (MethodFlow method : flow.order) {
            flow.collect(method);
        }
        return flow;
    }

    private void reach() {
        Deque<MethodFlow> open = new ArrayDeque<>();
        CodeClass root = program.codeClass(program.root());
        if (root != null) {
            for (CodeMethod method : root.methods().values()) {
                MethodFlow flow = flow(program.root(), method.name());
                if (flow != null) {
                    method.parameters().forEach(name -> flow.pass(name, Unknown.VALUE));
                    open.add(flow);
                }
            }
        }
        while (!open.isEmpty()) {
            MethodFlow flow = open.remove();
            flow.reset();
            flow.evaluate();
            for (int i = 0; i < flow.statements().size(); i++) {
                for (CodeCall call : flow.calls(i)) {
                    follow(flow, call, open);
                }
            }
        }
    }

    private void follow(MethodFlow flow, CodeCall call, Deque<MethodFlow> open) {
        if (call.receiver() == null
                || !(flow.value(call.receiver()) instanceof ModuleValue receiver)) {
            followUnknown(call, open);
            return;
        }
        boolean known = methods.getOrDefault(receiver.module(), Map.of()).containsKey(call.name());
        MethodFlow callee = flow(receiver.module(), call.name());
        if (callee == null) {
            return;
        }
        boolean news = !known;
        for (int i = 0; i < call.arguments().size(); i++) {
            String parameter = parameter(callee, call.arguments().get(i), i);
            if (parameter != null) {
                news |= callee.pass(parameter, argument(flow, call.arguments().get(i)));
            }
        }
        if (news) {
            open.add(callee);
        }
    }

    /** A method of something that is known only when it runs: it may be that of any module. */
    private void followUnknown(CodeCall call, Deque<MethodFlow> open) {
        String name = call.name();
        if (call.receiver() == null) {
            int dot = name.lastIndexOf('.');
            String root = name.replaceFirst("\\..*", "");
            if (dot < 0 || CodeCall.NAMESPACES.contains(root)) {
                return; // a function
            }
            name = name.substring(dot + 1);
        }
        if (!unknownCalls.add(name)) {
            return;
        }
        for (Instance module : program.modules().values()) {
            MethodFlow callee = flow(module, name);
            if (callee != null) {
                callee.method().parameters().forEach(one -> callee.pass(one, Unknown.VALUE));
                open.add(callee);
            }
        }
    }

    private static FlowValue argument(MethodFlow flow, Argument argument) {
        Chain chain = Chain.at(flow.type().tokens(), argument.from(), argument.to());
        return chain == null ? Unknown.VALUE : flow.value(chain);
    }

    private static @Nullable String parameter(MethodFlow callee, Argument argument, int position) {
        if (argument.keyword() != null) {
            return argument.keyword();
        }
        List<String> parameters = callee.method().parameters();
        return position < parameters.size() ? parameters.get(position) : null;
    }

    private @Nullable MethodFlow flow(Instance module, String name) {
        Map<String, MethodFlow> of = methods.computeIfAbsent(module, key -> new HashMap<>());
        MethodFlow known = of.get(name);
        if (known != null || order.size() == MAX_METHODS) {
            return known;
        }
        CodeClass type = program.codeClass(module);
        CodeMethod method = type == null ? null : type.method(name).orElse(null);
        if (type == null || method == null) {
            return null;
        }
        MethodFlow flow = new MethodFlow(program, module, type, method);
        of.put(name, flow);
        order.add(flow);
        return flow;
    }

    private void collect(MethodFlow flow) {
        Tokens tokens = flow.type().tokens();
        for (int i = 0; i < flow.statements().size(); i++) {
            Statement statement = flow.statements().get(i);
            Map<Long, Place> places = new HashMap<>();
            for (CodeCall call : flow.calls(i)) {
                calledNames.add(call.name());
                for (int a = 0; a < call.arguments().size(); a++) {
                    Argument argument = call.arguments().get(a);
                    int from = argument.from();
                    int to = argument.to();
                    while (tokens.is(from, "(") && tokens.partner(from) == to - 1) {
                        from++;
                        to--;
                    }
                    places.put(key(from, to), new Place(call, a));
                }
            }
            if (statement.written() != null
                    && flow.value(statement.written()) instanceof Weight weight) {
                written.add(weight);
            }
            Chain alias = flow.alias(statement);
            for (Chain chain : chains(tokens, statement)) {
                note(flow, statement, chain, alias, places);
            }
        }
    }

    private record Place(CodeCall call, int argument) {}

    private static long key(int from, int to) {
        return (long) from << 32 | to;
    }

    /** The chains of a statement from left to right. */
    private static List<Chain> chains(Tokens tokens, Statement statement) {
        List<Chain> chains = new ArrayList<>();
        int end = statement.line().to();
        for (int at = statement.from(); at < end; ) {
            boolean name = tokens.kind(at) == Kind.NAME;
            boolean bracket = tokens.is(at, "(") && tokens.is(tokens.partner(at) + 1, ".");
            boolean keyword = name && tokens.is(at + 1, "=") && at > statement.from();
            boolean method = name && at > statement.from() && tokens.is(at - 1, ".");
            Chain chain =
                    (name || bracket) && !keyword && !method
                            ? Chain.longest(tokens, at, end)
                            : null;
            if (chain == null) {
                at++;
            } else {
                chains.add(chain);
                at = chain.to();
            }
        }
        return chains;
    }

    private void note(
            MethodFlow flow,
            Statement statement,
            Chain chain,
            @Nullable Chain alias,
            Map<Long, Place> places) {
        FlowValue value = flow.value(chain);
        if (value == Unknown.VALUE
                && !chain.attributes().isEmpty()
                && !CodeCall.NAMESPACES.contains(chain.root())) {
            unresolved.addAll(chain.attributes());
        }
        if (value instanceof WeightList list && !chain.attributes().isEmpty()) {
            noteList(flow, chain, list);
        }
        if (!(value instanceof Weight weight)) {
            return;
        }
        if (!chain.attributes().isEmpty()) {
            reads.add(new WeightRead(weight, flow.module(), flow.method(), chain));
        }
        boolean copied = alias != null && alias.from() == chain.from() && alias.to() == chain.to();
        if (copied) {
            Chain target =
                    new Chain(chain.from(), chain.to(), statement.targets().get(0), List.of());
            if (flow.value(target).equals(weight)) {
                return; // the variable's own uses count
            }
        }
        Place place = places.get(key(chain.from(), chain.to()));
        if (place != null && passedOn(flow, place, weight)) {
            return;
        }
        uses.add(
                new WeightUse(
                        weight,
                        flow.module(),
                        flow.method(),
                        chain,
                        flow.byParameter(chain),
                        place == null ? null : place.call(),
                        place == null ? -1 : place.argument(),
                        null));
    }

    private void noteList(MethodFlow flow, Chain chain, WeightList list) {
        for (AttributeWeight weight : list.weights()) {
            if (weight != null) {
                uses.add(
                        new WeightUse(
                                weight,
                                flow.module(),
                                flow.method(),
                                chain,
                                false,
                                null,
                                -1,
                                list));
            }
        }
    }

    /** Whether a weight goes to a method whose parameter is this weight in every call. */
    private boolean passedOn(MethodFlow flow, Place place, Weight weight) {
        Chain receiver = place.call().receiver();
        if (receiver == null || !(flow.value(receiver) instanceof ModuleValue module)) {
            return false;
        }
        MethodFlow callee =
                methods.getOrDefault(module.module(), Map.of()).get(place.call().name());
        if (callee == null) {
            return false;
        }
        String parameter =
                parameter(callee, place.call().arguments().get(place.argument()), place.argument());
        return parameter != null && callee.parameter(parameter).equals(weight);
    }

    /** Returns where weights are read. */
    public List<WeightRead> reads() {
        return List.copyOf(reads);
    }

    /** Returns where weights are used. */
    public List<WeightUse> uses() {
        return List.copyOf(uses);
    }

    /**
     * Whether the code assigns to a weight.
     *
     * @param weight the weight
     */
    public boolean isWritten(Weight weight) {
        return written.contains(weight);
    }

    /**
     * Whether the code reads an attribute of this name from something that is not known.
     *
     * @param attribute the name
     */
    public boolean isReadElsewhere(String attribute) {
        return unresolved.contains(attribute);
    }

    /** Returns the names of all functions and methods that the code calls. */
    public Set<String> calledNames() {
        return calledNames;
    }
}
