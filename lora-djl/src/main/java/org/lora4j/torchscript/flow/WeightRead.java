/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import org.lora4j.torchscript.code.Chain;
import org.lora4j.torchscript.code.CodeMethod;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/**
 * A place at which running code reads a weight from its module or from the constants.
 *
 * @param weight the weight
 * @param module the module whose method it is
 * @param method the method
 * @param chain the read in the text, such as self.weight
 */
public record WeightRead(
        FlowValue.Weight weight, Instance module, CodeMethod method, Chain chain) {}
