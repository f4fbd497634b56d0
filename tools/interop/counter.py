# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""lora4j's counted random numbers, CounterRandom, so that PEFT can be given the same draws."""

import torch

BITS = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z &= BITS
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & BITS
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & BITS
    return z ^ (z >> 31)


def derive(key, value):
    """A key from another one and a number or a name."""
    if isinstance(value, str):
        found = 0xCBF29CE484222325
        for byte in value.encode():
            found = ((found ^ byte) * 0x100000001B3) & BITS
        value = found
    return mix(key * GOLDEN + mix(value + GOLDEN))


def uniform(key, count):
    """The first numbers of a key's sequence, in (0, 1)."""
    return torch.tensor([((derive(key, i) >> 11) + 0.5) * 2.0**-53 for i in range(count)], dtype=torch.float64)
