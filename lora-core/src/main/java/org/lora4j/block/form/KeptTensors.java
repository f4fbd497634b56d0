/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.variant.LoraVariant;

/**
 * The tensors that a variant of LoRA has beside A and B, and that no optimiser trains: the
 * direction of VeLoRA, and the numbers of MonteCLoRA's sampler.
 */
final class KeptTensors {
    /** PEFT's name of VeLoRA's direction below the module's path. */
    static final String DIRECTION = "lora_velora_embed";

    private static final String SAMPLER = "lora_monteclora_sampler.";

    private KeptTensors() {}

    /** Returns their shapes by PEFT's suffix. */
    static Map<String, Shape> shapes(AdapterSpec spec, LowRankForm form) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        if (spec.variant() instanceof LoraVariant.Velora velora) {
            long in = form.shapeA(spec.rank()).get(1);
            shapes.put(DIRECTION, new Shape((in + velora.groups() - 1) / velora.groups()));
        } else if (spec.variant() instanceof LoraVariant.Monteclora monte) {
            shapes.put(SAMPLER + "std_prior", new Shape(spec.rank()));
            shapes.put(SAMPLER + "expert_weights_prior", new Shape(monte.samples()));
            shapes.put(SAMPLER + "gaussian_var_prior", new Shape(spec.rank(), spec.rank()));
            shapes.put(SAMPLER + "expert_weights", new Shape(monte.samples()));
        }
        return shapes;
    }

    /** Makes them, frozen, for A and B of an adapter. */
    static Map<String, Parameter> of(
            String adapter, AdapterSpec spec, LowRankForm form, NDArray a) {
        Map<String, Parameter> kept = new LinkedHashMap<>();
        shapes(spec, form)
                .forEach(
                        (suffix, shape) -> {
                            float[] first = first(suffix, spec, shape, a);
                            NDArray own = DrawnArray.beside(a, shape, first);
                            String name = LoraAdapter.parameterName(suffix, adapter);
                            kept.put(
                                    suffix,
                                    BlockWeights.parameter(name, Parameter.Type.OTHER, own, false));
                        });
        return kept;
    }

    private static float[] first(String suffix, AdapterSpec spec, Shape shape, NDArray a) {
        float[] first = new float[(int) shape.size()];
        if (spec.variant() instanceof LoraVariant.Velora velora) {
            return velora.direction() == LoraVariant.Velora.Direction.RANDOM
                    ? direction(a, first.length)
                    : first;
        }
        if (suffix.endsWith("gaussian_var_prior")) {
            for (int i = 0; i < spec.rank(); i++) {
                first[i * spec.rank() + i] = 1;
            }
        } else if (suffix.endsWith("expert_weights")) {
            Arrays.fill(first, 1f / first.length);
        }
        return first;
    }

    /** The direction of A's first numbers, which were drawn; zeros where A is zero. */
    private static float[] direction(NDArray a, int size) {
        try (NDArray plain = a.stopGradient()) {
            float[] first = Arrays.copyOf(plain.toFloatArray(), size);
            double squares = 0;
            for (float value : first) {
                squares += (double) value * value;
            }
            for (int i = 0; i < size && squares > 0; i++) {
                first[i] /= (float) Math.sqrt(squares);
            }
            return first;
        }
    }
}
