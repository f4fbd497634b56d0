/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

/**
 * What an absent key of a config.json means, which belongs to the family: the defaults of
 * transformers' configuration classes.
 *
 * @param tied tie_word_embeddings
 * @param headDim head_dim; 0 for hidden_size / num_attention_heads
 * @param keyValueHeads num_key_value_heads; 0 for as many as num_attention_heads, which is also
 *     what null means
 * @param normEps rms_norm_eps
 * @param maxPositions max_position_embeddings
 * @param paddingToken pad_token_id, whose row of the word table gets no gradient; -1 for none
 */
public record DecoderDefaults(
        boolean tied,
        int headDim,
        int keyValueHeads,
        double normEps,
        int maxPositions,
        int paddingToken) {
    /** LlamaConfig's. */
    public static final DecoderDefaults LLAMA = new DecoderDefaults(false, 0, 0, 1e-6, 2048, -1);

    /** MistralConfig's. */
    public static final DecoderDefaults MISTRAL =
            new DecoderDefaults(false, 0, 8, 1e-6, 131_072, -1);

    /** Qwen2Config's. */
    public static final DecoderDefaults QWEN2 = new DecoderDefaults(false, 0, 32, 1e-6, 32_768, -1);

    /** Qwen3Config's. */
    public static final DecoderDefaults QWEN3 =
            new DecoderDefaults(false, 128, 32, 1e-6, 32_768, -1);

    /** Gemma2Config's. */
    public static final DecoderDefaults GEMMA2 = new DecoderDefaults(true, 256, 4, 1e-6, 8192, 0);

    /** Phi3Config's. */
    public static final DecoderDefaults PHI3 = new DecoderDefaults(false, 0, 0, 1e-5, 4096, 32_000);
}
