/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torchscript.flow.FlowValue.Weight;
import org.lora4j.torchscript.flow.WeightRead;
import org.lora4j.torchscript.flow.WeightUse;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;

/** What is to be done about a weight. */
sealed interface AdaptationPlan {
    /**
     * It cannot be adapted.
     *
     * @param reason why, and the way out
     */
    record Refusal(String reason) implements AdaptationPlan {}

    /**
     * It can be adapted.
     *
     * @param weight the weight
     * @param holder the module that will hold A and B
     * @param kind the layer's operation in activation mode, or null in weight mode
     * @param form how A and B change the weight
     * @param uses the uses that belong to the weight
     * @param reads in weight mode, the reads to change; empty if the uses are to be changed
     * @param reason what weight mode is due to, empty in activation mode
     */
    record Change(
            Weight weight,
            Instance holder,
            @Nullable SiteKind kind,
            ScriptForm form,
            List<WeightUse> uses,
            List<WeightRead> reads,
            String reason)
            implements AdaptationPlan {
        ScriptMode mode() {
            return kind == null ? ScriptMode.WEIGHT : ScriptMode.ACTIVATION;
        }
    }
}
