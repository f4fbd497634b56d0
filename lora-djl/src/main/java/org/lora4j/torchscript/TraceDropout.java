/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import org.lora4j.torchscript.code.CodeCall;
import org.lora4j.torchscript.code.CodeCall.Argument;
import org.lora4j.torchscript.code.CodeClass;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.code.CodeMethod.Line;
import org.lora4j.torchscript.code.TextEdits;
import org.lora4j.torchscript.code.Tokens;

/**
 * The dropout of the model itself. A trace keeps whether it dropped when it was made, as a literal;
 * here the literals become the module's own training flag, so that the model drops in training and
 * never in evaluation.
 */
final class TraceDropout {
    private static final int ATTENTION_DROPOUT = 4;

    private TraceDropout() {}

    /** Adds the changes of one class, if it has the flag. */
    static void makeLive(CodeClass type, TextEdits edits) {
        if (type.attribute("training").isEmpty()) {
            return;
        }
        Tokens tokens = type.tokens();
        for (CodeMethod method : type.methods().values()) {
            String flag = method.self() + ".training";
            for (Line line : method.lines()) {
                for (CodeCall call : CodeCall.in(tokens, line)) {
                    change(call, flag, tokens, edits);
                }
            }
        }
    }

    private static void change(CodeCall call, String flag, Tokens tokens, TextEdits edits) {
        if (call.receiver() != null || !call.isPositional()) {
            return;
        }
        if (call.name().matches("torch\\.(feature_|alpha_)?dropout")
                && call.arguments().size() == 3) {
            Argument training = call.arguments().get(2);
            String text = tokens.text(training.from(), training.to());
            if (text.equals("True") || text.equals("False")) {
                edits.replace(tokens.start(training.from()), tokens.end(training.to() - 1), flag);
            }
        }
        if (call.name().equals("torch.scaled_dot_product_attention")
                && call.arguments().size() > ATTENTION_DROPOUT) {
            Argument p = call.arguments().get(ATTENTION_DROPOUT);
            String text = tokens.text(p.from(), p.to());
            if (text.matches("0?\\.[0-9]*[1-9][0-9e-]*")) {
                edits.replace(
                        tokens.start(p.from()),
                        tokens.end(p.to() - 1),
                        "torch.mul(%s, float(int(%s)))".formatted(text, flag));
            }
        }
    }
}
