/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.io.IOException;
import java.util.List;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.Quantization;

/**
 * Settings of any family's config.json that would change what a model computes and that no family
 * here honours: each is refused by name.
 */
public final class UnsupportedSettings {
    private static final String QUANTISED = "quantization_config";
    private static final List<String> PACKED = List.of(QUANTISED, "compression_config");

    private UnsupportedSettings() {}

    /**
     * Refuses what is not honoured.
     *
     * @param config config.json
     * @param family the model's family
     * @throws IOException naming the key
     */
    public static void refuse(ModelConfig config, ModelFamily family) throws IOException {
        for (String key : PACKED) {
            boolean known = key.equals(QUANTISED) && Quantization.declared(config) != null;
            if (config.has(key) && !known) {
                throw ModelConfig.invalid(
                        "%s says that the weights are quantised%s, which is not supported; expected"
                                + " weights in float32, float16 or bfloat16, or in nf4 or int8 as"
                                + " bitsandbytes saves them. Save a dequantised copy of the model",
                        key, method(config, key));
            }
        }
        if (family instanceof DecoderFamily && !config.flag("is_causal", true)) {
            throw ModelConfig.invalid(
                    "is_causal is false, for attention to later tokens too, which is not supported;"
                            + " expected a causal model");
        }
    }

    /** The name of the quantisation, where the file tells it. */
    private static String method(ModelConfig config, String key) throws IOException {
        ModelConfig section = config.section(key);
        String name = section == null ? "" : section.string("quant_method", "");
        String plain = name.replaceAll("[^\\w.+-]", "");
        return plain.isEmpty() ? "" : " (" + plain.substring(0, Math.min(40, plain.length())) + ")";
    }
}
