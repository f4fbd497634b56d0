/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.code.CodeCall;
import org.lora4j.torchscript.code.CodeCall.Argument;
import org.lora4j.torchscript.code.Tokens;
import org.lora4j.torchscript.flow.WeightUse;

/**
 * An operation of torch that is a layer of the kinds that LoRA has a form for. Its call can be
 * replaced by one of a helper method, which takes the same arguments and A, B, s and the dropout.
 */
enum SiteKind {
    LINEAR("torch.linear", 1, ScriptForm.LINEAR, "x: Tensor", "w: Tensor", "b: Optional[Tensor]"),
    ADDMM("torch.addmm", 2, ScriptForm.TRANSPOSED, "b: Tensor", "x: Tensor", "w: Tensor"),
    MATMUL("torch.matmul", 1, ScriptForm.TRANSPOSED, "x: Tensor", "w: Tensor"),
    EMBEDDING(
            "torch.embedding",
            0,
            ScriptForm.EMBEDDING,
            "w: Tensor",
            "x: Tensor",
            "pad: int",
            "byfreq: bool",
            "sparse: bool"),
    CONVOLUTION(
            "torch._convolution",
            1,
            ScriptForm.CONVOLUTION,
            "x: Tensor",
            "w: Tensor",
            "b: Optional[Tensor]",
            "stride: List[int]",
            "padding: List[int]",
            "dilation: List[int]",
            "transposed: bool",
            "outpad: List[int]",
            "groups: int",
            "benchmark: bool",
            "deterministic: bool",
            "cudnn: bool",
            "tf32: bool"),
    CONV1D("torch.conv1d", 1),
    CONV2D("torch.conv2d", 1),
    CONV3D("torch.conv3d", 1);

    private static final int TRANSPOSED_ARGUMENT = 6;
    private static final int GROUPS_ARGUMENT = 8;
    private static final int CONV_GROUPS_ARGUMENT = 6;

    private final String operation;
    private final int weightArgument;
    private final ScriptForm form;
    private final String signature;

    SiteKind(String operation, int weightArgument, ScriptForm form, String... parameters) {
        this.operation = operation;
        this.weightArgument = weightArgument;
        this.form = form;
        this.signature = String.join(", ", parameters);
    }

    /** One of torch.conv1d, conv2d and conv3d. */
    SiteKind(String operation, int weightArgument) {
        this(
                operation,
                weightArgument,
                ScriptForm.CONVOLUTION,
                "x: Tensor",
                "w: Tensor",
                "b: Optional[Tensor]",
                "stride: List[int]",
                "padding: List[int]",
                "dilation: List[int]",
                "groups: int");
    }

    /** The kind of a use, or null where it is no layer's call with the weight in its place. */
    static @Nullable SiteKind of(WeightUse use) {
        CodeCall call = use.call();
        if (call == null || call.receiver() != null) {
            return null;
        }
        for (SiteKind kind : values()) {
            if (kind.operation.equals(call.name()) && kind.weightArgument == use.argument()) {
                return kind;
            }
        }
        return null;
    }

    /** Why a call of this kind has no activation form, or null if it has one. */
    @Nullable String objection(CodeCall call, Tokens tokens, int dimensions) {
        if (!form.fits(dimensions)) {
            return operation + " on a weight of " + dimensions + " dimensions";
        }
        List<Argument> arguments = call.arguments();
        int most = parameters().size();
        int least = most - defaults(dimensions).size();
        if (!call.isPositional() || arguments.size() < least || arguments.size() > most) {
            return operation + " with other arguments than are known";
        }
        if (form != ScriptForm.CONVOLUTION) {
            return null;
        }
        for (int i = 3; i < Math.min(6, arguments.size()); i++) {
            if (!tokens.is(arguments.get(i).from(), "[")) {
                return operation + " with computed or named padding or strides";
            }
        }
        if (this == CONVOLUTION) {
            if (!text(call, tokens, TRANSPOSED_ARGUMENT).equals("False")) {
                return "a transposed convolution";
            }
            return text(call, tokens, GROUPS_ARGUMENT).equals("1")
                    ? null
                    : "a convolution of several groups";
        }
        boolean oneGroup =
                arguments.size() <= CONV_GROUPS_ARGUMENT
                        || text(call, tokens, CONV_GROUPS_ARGUMENT).equals("1");
        return oneGroup ? null : "a convolution of several groups";
    }

    private static String text(CodeCall call, Tokens tokens, int argument) {
        Argument one = call.arguments().get(argument);
        return tokens.text(one.from(), one.to());
    }

    /** The arguments at the end that a call may leave out. */
    private List<String> defaults(int dimensions) {
        return switch (this) {
            case LINEAR -> List.of("None");
            case EMBEDDING -> List.of("-1", "False", "False");
            case CONV1D, CONV2D, CONV3D -> {
                String ones = repeated("1", dimensions);
                yield List.of("None", ones, repeated("0", dimensions), ones, "1");
            }
            default -> List.of();
        };
    }

    /** The arguments that a call leaves out, each with its default. */
    List<String> missing(CodeCall call, int dimensions) {
        List<String> defaults = defaults(dimensions);
        int missing = parameters().size() - call.arguments().size();
        return defaults.subList(defaults.size() - missing, defaults.size());
    }

    /** The list that has a number for each spatial dimension of a weight. */
    static String repeated(String number, int dimensions) {
        return "[" + String.join(", ", Collections.nCopies(dimensions - 2, number)) + "]";
    }

    ScriptForm form() {
        return form;
    }

    String operation() {
        return operation;
    }

    /** The parameters of the operation, as a method declares them. */
    List<String> parameters() {
        return List.of(signature.split(", ", -1));
    }
}
