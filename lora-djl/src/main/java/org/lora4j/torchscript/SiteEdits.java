/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchscript.AdaptationPlan.Change;
import org.lora4j.torchscript.code.Chain;
import org.lora4j.torchscript.code.CodeCall;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.code.CodeNames;
import org.lora4j.torchscript.code.TextEdits;
import org.lora4j.torchscript.code.Tokens;
import org.lora4j.torchscript.flow.FlowValue.AttributeWeight;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.FlowValue.WeightList;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.flow.WeightRead;
import org.lora4j.torchscript.flow.WeightUse;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/** Puts the calls of the helper methods into the code. */
final class SiteEdits {
    private final Program program;
    private final ClassVersions versions;
    private final Map<ListRead, Map<Weight, UnaryOperator<String>>> lists = new LinkedHashMap<>();

    private record ListRead(Instance module, CodeMethod method, Chain chain, WeightList list) {}

    SiteEdits(Program program, ClassVersions versions) {
        this.program = program;
        this.versions = versions;
    }

    void apply(Change change, ScriptAdapter adapter) {
        boolean low = change.weight().tensor().dtype().filter(SiteEdits::isHalf).isPresent();
        if (change.kind() != null) {
            for (WeightUse use : change.uses()) {
                call(change.kind(), use, change, adapter, low);
            }
        } else if (change.reads().isEmpty()) {
            for (WeightUse use : change.uses()) {
                if (use.list() != null) {
                    note(use, use.list(), change, adapter, low);
                    continue;
                }
                wrap(use.module(), use.method(), use.chain(), change, adapter, low);
            }
        } else {
            for (WeightRead read : change.reads()) {
                wrap(read.module(), read.method(), read.chain(), change, adapter, low);
            }
        }
    }

    private static boolean isHalf(TensorDtype dtype) {
        return dtype == TensorDtype.F16 || dtype == TensorDtype.BF16;
    }

    /** {@code torch.linear(x, w, b)} becomes {@code (self).lora_linear(x, w, b, A, B, s, )}. */
    private void call(
            SiteKind kind, WeightUse use, Change change, ScriptAdapter adapter, boolean low) {
        CodeCall call = Objects.requireNonNull(use.call());
        int dimensions = change.weight().tensor().shape().dimension();
        double dropout = adapter.target().dropout();
        HelperMethod helper = HelperMethod.activation(kind, dimensions, low, dropout > 0);
        ClassEdits edits = versions.edits(use.module());
        edits.addHelper(helper);
        Tokens tokens = edits.type().tokens();
        edits.edits()
                .replace(
                        tokens.start(call.callee()),
                        tokens.end(call.open() - 1),
                        "(" + use.method().self() + ")." + helper.name());
        List<String> more = new ArrayList<>(kind.missing(call, dimensions));
        more.addAll(matrices(use.module(), use.method(), change, adapter));
        if (helper.parameters().contains("drop: float")) {
            more.add(number(dropout));
        }
        boolean comma = tokens.is(call.close() - 1, ",");
        edits.edits()
                .replace(
                        tokens.start(call.close()),
                        tokens.start(call.close()),
                        (comma ? " " : ", ") + String.join(", ", more) + ", ");
    }

    /** {@code self.weight} becomes {@code (self).lora_weight(self.weight, A, B, s, )}. */
    private void wrap(
            Instance module,
            CodeMethod method,
            Chain chain,
            Change change,
            ScriptAdapter adapter,
            boolean low) {
        HelperMethod helper = HelperMethod.weight(adapter.form(), low);
        ClassEdits edits = versions.edits(module);
        edits.addHelper(helper);
        Tokens tokens = edits.type().tokens();
        TextEdits texts = edits.edits();
        int start = tokens.start(chain.from());
        int end = tokens.end(chain.to() - 1);
        texts.replace(start, start, "(%s).%s(".formatted(method.self(), helper.name()));
        List<String> more = matrices(module, method, change, adapter);
        texts.replace(end, end, ", " + String.join(", ", more) + ", )");
    }

    /** Keeps what becomes of one weight of a list, which is changed once for all. */
    private void note(
            WeightUse use, WeightList list, Change change, ScriptAdapter adapter, boolean low) {
        HelperMethod helper = HelperMethod.weight(adapter.form(), low);
        versions.edits(use.module()).addHelper(helper);
        List<String> more = matrices(use.module(), use.method(), change, adapter);
        lists.computeIfAbsent(
                        new ListRead(use.module(), use.method(), use.chain(), list),
                        key -> new HashMap<>())
                .put(
                        change.weight(),
                        weight ->
                                "(%s).%s(%s, %s, )"
                                        .formatted(
                                                use.method().self(),
                                                helper.name(),
                                                weight,
                                                String.join(", ", more)));
    }

    /** Replaces lists of weights: {@code self.ws} becomes {@code [adapted, self.other, ...]}. */
    void changeLists() {
        for (Map.Entry<ListRead, Map<Weight, UnaryOperator<String>>> entry : lists.entrySet()) {
            ListRead read = entry.getKey();
            ClassEdits edits = versions.edits(read.module());
            Tokens tokens = edits.type().tokens();
            String text = tokens.text(read.chain().from(), read.chain().to());
            List<String> items = new ArrayList<>();
            for (int i = 0; i < read.list().weights().size(); i++) {
                String item = "(%s)[%d]".formatted(text, i);
                AttributeWeight weight = read.list().weights().get(i);
                UnaryOperator<String> change = weight == null ? null : entry.getValue().get(weight);
                items.add(change == null ? item : change.apply(item));
            }
            edits.edits()
                    .replace(
                            tokens.start(read.chain().from()),
                            tokens.end(read.chain().to() - 1),
                            "[" + String.join(", ", items) + "]");
        }
    }

    private List<String> matrices(
            Instance module, CodeMethod method, Change change, ScriptAdapter adapter) {
        List<String> route = Objects.requireNonNull(program.route(module, change.holder()));
        String holder = CodeNames.read(method.self(), route);
        String parameter = adapter.target().parameter();
        return List.of(
                CodeNames.read(holder, List.of(AdapterNames.a(parameter))),
                CodeNames.read(holder, List.of(AdapterNames.b(parameter))),
                number(adapter.target().scaling()));
    }

    /** A number with a point, without which the code would have an integer. */
    private static String number(double value) {
        return Double.toString(value);
    }
}
