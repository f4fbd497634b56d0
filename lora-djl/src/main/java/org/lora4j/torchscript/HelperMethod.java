/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.ArrayList;
import java.util.List;

/**
 * A method that is added to a class and computes a low-rank term. In activation mode it takes the
 * arguments of the layer's operation and makes that same call, so that with B = 0 the result is the
 * layer's own; in weight mode it takes the weight.
 *
 * @param name its name, which says all that its text depends on
 * @param parameters the declared parameters after self
 * @param statements the statements, the last of which returns
 */
record HelperMethod(String name, List<String> parameters, List<String> statements) {
    /** The number of float32 among torch's dtypes. */
    private static final int FLOAT32 = 6;

    HelperMethod {
        parameters = List.copyOf(parameters);
        statements = List.copyOf(statements);
    }

    /**
     * The helper of an operation.
     *
     * @param kind the operation
     * @param dimensions the dimensions of the weight
     * @param low whether the layer computes in half precision and the term in float32
     * @param dropping whether A's input is dropped in training
     */
    static HelperMethod activation(SiteKind kind, int dimensions, boolean low, boolean dropping) {
        boolean drops = dropping && kind != SiteKind.EMBEDDING;
        List<String> parameters = new ArrayList<>(kind.parameters());
        parameters.addAll(List.of("lora_a: Tensor", "lora_b: Tensor", "scale: float"));
        if (drops) {
            parameters.add("drop: float");
        }
        List<String> names = kind.parameters().stream().map(p -> p.replaceAll(":.*", "")).toList();
        List<String> statements = new ArrayList<>();
        statements.add("y = %s(%s)".formatted(kind.operation(), String.join(", ", names)));
        String x = low && kind != SiteKind.EMBEDDING ? "torch.to(x, " + FLOAT32 + ")" : "x";
        if (drops) {
            x = "torch.dropout(%s, drop, self.training)".formatted(x);
        }
        statements.add("h = " + inner(kind, x, dimensions));
        statements.add("d = " + outer(kind, dimensions));
        statements.add("return " + sum("y", low));
        String name =
                "lora_"
                        + kind.operation().replaceFirst("^torch\\._?", "")
                        + (dimensions > 2 ? "_" + (dimensions - 2) : "")
                        + (drops ? "_drop" : "")
                        + (low ? "_low" : "");
        return new HelperMethod(name, parameters, statements);
    }

    private static String inner(SiteKind kind, String x, int dimensions) {
        return switch (kind) {
            case LINEAR, ADDMM, MATMUL -> "torch.linear(%s, lora_a)".formatted(x);
            case EMBEDDING -> "torch.embedding(torch.t(lora_a), x, pad, byfreq, False)";
            case CONVOLUTION ->
                    ("torch._convolution(%s, lora_a, None, stride, padding, dilation, False, %s, 1,"
                                    + " benchmark, deterministic, cudnn, tf32)")
                            .formatted(x, SiteKind.repeated("0", dimensions));
            case CONV1D, CONV2D, CONV3D ->
                    "%s(%s, lora_a, None, stride, padding, dilation, 1)"
                            .formatted(kind.operation(), x);
        };
    }

    private static String outer(SiteKind kind, int dimensions) {
        String ones = SiteKind.repeated("1", Math.max(2, dimensions));
        String zeros = SiteKind.repeated("0", Math.max(2, dimensions));
        return switch (kind) {
            case LINEAR, ADDMM, MATMUL, EMBEDDING -> "torch.linear(h, lora_b)";
            case CONVOLUTION ->
                    ("torch._convolution(h, lora_b, None, %s, %s, %s, False, %s, 1, benchmark,"
                                    + " deterministic, cudnn, tf32)")
                            .formatted(ones, zeros, ones, zeros);
            case CONV1D, CONV2D, CONV3D ->
                    "%s(h, lora_b, None, %s, %s, %s, 1)"
                            .formatted(kind.operation(), ones, zeros, ones);
        };
    }

    /** The helper that adds ΔW to a weight. */
    static HelperMethod weight(ScriptForm form, boolean low) {
        String delta =
                switch (form) {
                    case LINEAR -> "torch.matmul(lora_b, lora_a)";
                    case TRANSPOSED, EMBEDDING -> "torch.t(torch.matmul(lora_b, lora_a))";
                    case CONVOLUTION ->
                            "torch.reshape(torch.matmul(torch.flatten(lora_b, 1),"
                                    + " torch.flatten(lora_a, 1)), torch.size(w))";
                };
        String name =
                switch (form) {
                    case LINEAR -> "lora_weight";
                    case TRANSPOSED, EMBEDDING -> "lora_weight_t";
                    case CONVOLUTION -> "lora_weight_conv";
                };
        return new HelperMethod(
                name + (low ? "_low" : ""),
                List.of("w: Tensor", "lora_a: Tensor", "lora_b: Tensor", "scale: float"),
                List.of("d = " + delta, "return " + sum("w", low)));
    }

    private static String sum(String base, boolean low) {
        return low
                ? "torch.add(%s, torch.to(torch.mul(d, scale), ops.prim.dtype(%s)))"
                        .formatted(base, base)
                : "torch.add(%s, d, alpha=scale)".formatted(base);
    }

    /** The method as text, in a class of some name. */
    String text(String type, String indent, String inner) {
        StringBuilder text = new StringBuilder();
        text.append(indent).append("def ").append(name).append("(self: ").append(type);
        for (String parameter : parameters) {
            text.append(",\n").append(inner).append(parameter);
        }
        text.append(") -> Tensor:\n");
        for (String statement : statements) {
            text.append(inner).append(statement).append('\n');
        }
        return text.toString();
    }
}
