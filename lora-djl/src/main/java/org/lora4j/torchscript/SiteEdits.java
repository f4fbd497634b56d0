/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.lora4j.safetensors.TensorDtype;
import org.lora4j.torchscript.AdaptationPlan.Change;
import org.lora4j.torchscript.code.Chain;
import org.lora4j.torchscript.code.CodeCall;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.code.CodeNames;
import org.lora4j.torchscript.code.TextEdits;
import org.lora4j.torchscript.code.Tokens;
import org.lora4j.torchscript.flow.Program;
import org.lora4j.torchscript.flow.WeightRead;
import org.lora4j.torchscript.flow.WeightUse;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/** Puts the calls of the helper methods into the code. */
record SiteEdits(Program program, ClassVersions versions) {
    void apply(Change change, ScriptAdapter adapter) {
        boolean low = change.weight().tensor().dtype().filter(SiteEdits::isHalf).isPresent();
        if (change.kind() != null) {
            for (WeightUse use : change.uses()) {
                call(change.kind(), use, change, adapter, low);
            }
        } else if (change.reads().isEmpty()) {
            for (WeightUse use : change.uses()) {
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
