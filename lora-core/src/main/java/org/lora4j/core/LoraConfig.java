/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.List;
import java.util.Map;

/**
 * What to adapt and how: an immutable value that blocks never see; it is turned into plain numbers
 * for each layer.
 *
 * <p>The update of a layer is s·B·A with A of rank r; s = alpha / r, or alpha / √r with rsLoRA. The
 * fields and their meaning follow PEFT's LoraConfig.
 *
 * @param rank r, at least 1
 * @param alpha the numerator of the scaling, finite and not negative
 * @param dropout probability in [0, 1) with which an input element of A is dropped in training
 * @param rslora whether s is alpha / √r instead of alpha / r
 * @param init how A is drawn
 * @param bias which biases train too
 * @param targets which modules are adapted
 * @param modulesToSave names of modules that train whole and are saved whole, such as a new head
 * @param rankPattern ranks for modules whose name matches a key; the first match wins
 * @param alphaPattern alphas for modules whose name matches a key; the first match wins
 * @param deltaDtype the precision of the low-rank product
 * @param seed the seed from which A is drawn and dropout is counted
 */
public record LoraConfig(
        int rank,
        double alpha,
        double dropout,
        boolean rslora,
        Init init,
        Bias bias,
        TargetModules targets,
        List<String> modulesToSave,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern,
        DeltaDtype deltaDtype,
        long seed) {}
