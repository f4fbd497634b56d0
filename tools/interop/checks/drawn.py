# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Draws configurations of decoders, with old keys and new ones, and adapters for them."""

LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
TARGETS = {
    "phi3": ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
    "gpt2": ["c_attn", "c_fc", "c_proj"],
}
FAMILIES = ["llama", "mistral", "qwen2", "qwen3", "gemma2", "phi3", "gpt2"]
CLASSES = {"gpt2": "GPT2LMHeadModel"}
ACTIVATIONS = ["silu", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "tanh", "swish", "gelu_fast"]


def maybe(draw, values, **keys):
    """Sets each key to one of its values or, as often, leaves it to the family's default."""
    for key, choices in keys.items():
        if draw.random() < 0.6:
            values[key] = draw.choice(choices)


def rope(draw, family, values, width):
    """A rotary type under old keys or new ones; width is the channels of a head."""
    positions = values["max_position_embeddings"]
    types = ["default", "linear", "dynamic", "yarn", "longrope", "llama3"]
    kind = draw.choice(["default", "longrope"] if family == "phi3" else types)
    part = draw.choice([1.0, 0.5, 0.75]) if family == "phi3" else 1.0
    turned = int(width * part) // 2 * 2
    part = turned / width
    new = draw.random() < 0.5
    theta = draw.choice([10000.0, 500.0, 1000000.0])
    scaling = {"rope_type" if new or draw.random() < 0.5 else "type": kind}
    factors = lambda: [round(1 + 5 * draw.random(), 3) for _ in range(turned // 2)]
    if kind in ("linear", "dynamic"):
        scaling["factor"] = draw.choice([2.0, 3.5])
    elif kind == "yarn":
        scaling |= {"factor": 4.0, "original_max_position_embeddings": positions // 2}
        maybe(draw, scaling, beta_fast=[8, 24.0], beta_slow=[1, 2.0], truncate=[True, False], attention_factor=[1.2])
        maybe(draw, scaling, mscale=[0.7], mscale_all_dim=[1.3])
    elif kind == "longrope":
        scaling |= {"short_factor": factors(), "long_factor": factors()}
        if family == "phi3":
            values["original_max_position_embeddings"] = draw.choice([6, positions // 2])
        else:
            scaling |= {"factor": 2.0, "original_max_position_embeddings": draw.choice([6, positions // 2])}
        maybe(draw, scaling, attention_factor=[1.3])
    elif kind == "llama3":
        scaling |= {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                    "original_max_position_embeddings": positions // 2}  # fmt: skip
    if part != 1 or (family == "phi3" and draw.random() < 0.3):
        (scaling if new else values)["partial_rotary_factor"] = part
    if new:
        values["rope_parameters"] = scaling | {"rope_theta": theta}
    else:
        if draw.random() < 0.7 or kind == "llama3":
            values["rope_theta"] = theta
        if kind == "default":
            maybe(draw, values, rope_scaling=[None])
        else:
            values["rope_scaling"] = scaling


def draw_config(family, draw):
    """A config.json of a family, small enough to run at once."""
    if family == "gpt2":
        return gpt2(draw)
    heads = draw.choice([2, 3, 4, 6])
    groups = draw.choice([g for g in range(1, heads + 1) if heads % g == 0])
    width = draw.choice([4, 6, 8, 10])
    own = family in ("qwen3", "gemma2") or draw.random() < 0.5
    values = {
        "architectures": [CLASSES.get(family, family.capitalize() + "ForCausalLM")],
        "model_type": family,
        "vocab_size": draw.randint(31, 53),
        "hidden_size": heads * (draw.choice([3, 5, 7]) if own else width),
        "num_hidden_layers": draw.choice([2, 3]),
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "intermediate_size": draw.randint(9, 30),
        "max_position_embeddings": draw.choice([12, 16, 32]),
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    if own and family == "phi3":  # its factors are counted by hidden_size / heads
        values["hidden_size"] = heads * width
    elif own:
        values["head_dim"] = width
    if groups == heads and family in ("llama", "qwen2", "qwen3", "phi3"):
        if draw.random() < 0.5:
            values["num_key_value_heads"] = None
        elif family in ("llama", "phi3"):
            del values["num_key_value_heads"]
    maybe(draw, values, tie_word_embeddings=[True, False], rms_norm_eps=[1e-5, 1e-3])
    maybe(draw, values, **{"hidden_activation" if family == "gemma2" else "hidden_act": ACTIVATIONS})
    if family in ("llama", "qwen3", "gemma2"):
        maybe(draw, values, attention_bias=[True, False])
    if family == "llama":
        maybe(draw, values, mlp_bias=[True, False])
    if family in ("mistral", "phi3"):
        maybe(draw, values, sliding_window=[None, 3, 5, 8])
    windows(draw, family, values)
    if family == "gemma2":
        maybe(draw, values, query_pre_attn_scalar=[7, 24], attn_logit_softcapping=[None, 2.5, 40.0])
        maybe(draw, values, final_logit_softcapping=[None, 3.5], use_bidirectional_attention=[False, None])
    rope(draw, family, values, width)
    return values


def windows(draw, family, values):
    layers = values["num_hidden_layers"]
    types = [draw.choice(["sliding_attention", "full_attention"]) for _ in range(layers)]
    if family in ("qwen2", "qwen3"):
        values["use_sliding_window"] = draw.random() < 0.7
        values["sliding_window"] = draw.choice([3, 5, 8])
        if not values["use_sliding_window"]:
            maybe(draw, values, layer_types=[["full_attention"] * layers])
        elif draw.random() < 0.5:
            values["layer_types"] = types
        else:
            values["max_window_layers"] = draw.randint(0, layers)
    elif family == "gemma2":
        values["sliding_window"] = draw.choice([3, 5, 8])
        maybe(draw, values, layer_types=[types])


def gpt2(draw):
    heads = draw.choice([2, 3, 4])
    values = {
        "architectures": [CLASSES["gpt2"]],
        "model_type": "gpt2",
        "vocab_size": draw.randint(31, 53),
        "n_embd": heads * draw.choice([5, 6, 8]),
        "n_layer": draw.choice([2, 3]),
        "n_head": heads,
        "n_positions": draw.choice([16, 32]),
        "bos_token_id": 1,
        "eos_token_id": 2,
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
    }
    maybe(draw, values, n_inner=[None, 19, 40], activation_function=ACTIVATIONS, layer_norm_epsilon=[1e-6, 1e-3])
    maybe(draw, values, scale_attn_weights=[True, False], scale_attn_by_inverse_layer_idx=[True, False])
    maybe(draw, values, reorder_and_upcast_attn=[True, False], tie_word_embeddings=[True, False])
    return values


def draw_adapter(family, config, draw):
    """PEFT's options."""
    linears = TARGETS.get(family, LINEARS)
    words = "wte" if family == "gpt2" else "embed_tokens"
    tied = config.get("tie_word_embeddings", family in ("gemma2", "gpt2"))
    layers = config.get("num_hidden_layers", config.get("n_layer"))
    some = draw.sample(linears, draw.randint(1, min(3, len(linears))))
    values = {"r": draw.choice([2, 3, 5]), "lora_alpha": draw.choice([4, 7]), "task_type": "CAUSAL_LM"}
    if family == "gpt2":
        values["fan_in_fan_out"] = True
    kind = draw.choice(["all", "some", "some", "pattern", "layers", "head", "words", "saved"])
    if kind == "all":
        values["target_modules"] = "all-linear"
    elif kind == "pattern":
        values["target_modules"] = rf".*\.{draw.randrange(layers)}\..*({'|'.join(some)})"
    elif kind == "head":
        values["target_modules"] = [*some, "lm_head"]
    elif kind == "words":
        values["target_modules"] = [*some, words]
    else:
        values["target_modules"] = some
    if kind == "layers":
        values["layers_to_transform"] = draw.sample(range(layers), draw.randint(1, layers))
    if kind == "saved":
        values["modules_to_save"] = [words] if tied else draw.choice([[words], ["lm_head"], [words, "lm_head"]])
    if draw.random() < 0.3:
        values["rank_pattern"] = {draw.choice(linears): 4}
    if draw.random() < 0.3:
        values["alpha_pattern"] = {draw.choice(linears): 9}
    if draw.random() < 0.3:
        values["use_rslora"] = True
    if draw.random() < 0.3:
        values["bias"] = draw.choice(["all", "lora_only"])
    if draw.random() < 0.3:
        values["use_dora"] = True
    return values
