/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.code.Chain;
import org.lora4j.torchscript.code.CodeCall;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * A place at which running code uses a weight.
 *
 * @param weight the weight
 * @param module the module whose method it is
 * @param method the method
 * @param chain the variable or attribute in the text
 * @param byParameter whether the weight came to the method as an argument
 * @param call the call of which the weight is an argument, or null
 * @param argument which argument by position, or -1
 * @param list the list that holds the weight, where that is what the chain reads, or null
 */
public record WeightUse(
        FlowValue.Weight weight,
        Instance module,
        CodeMethod method,
        Chain chain,
        boolean byParameter,
        @Nullable CodeCall call,
        int argument,
        FlowValue.@Nullable WeightList list) {
    /** Returns what the weight is used by, in words. */
    public String user() {
        if (list != null) {
            return "the list " + list.name();
        }
        return call == null ? "an expression of " + method.name() : call.name();
    }
}
