# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Random characters, numbers and names, for the tasks."""
import json

from tokenizer import PLACES, chinese, rare

HAN = chinese() + 3 * list(PLACES)
RARE = rare()
DIGITS = list("0123456789")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = LETTERS.lower()
WIDE = {c: chr(ord(c) + 0xFEE0) for c in map(chr, range(0x21, 0x7F))}
NUMERALS = "零一二三四五六七八九"


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def chance(r, p):
    return r.random() < p


def wide(r, text, share):
    """The text with a share of its ASCII in full width."""
    return "".join(WIDE.get(c, c) if chance(r, share) else c for c in text)


def few(r, characters, share):
    """The characters, or now and then two or three of them only, so that what is made of them repeats itself."""
    return r.sample(characters, r.randint(2, 3)) if chance(r, share) else characters


def digits(r, count, those=DIGITS):
    """A number of so many digits, now and then with the same ones again and again."""
    first = r.choice([d for d in those if d != "0"])
    return first + "".join(r.choices(first + r.choice(those) if chance(r, 0.25) else those, k=count - 1))


def number(r, longest=4, those=DIGITS):
    """A number of up to so many digits."""
    return digits(r, r.randint(1, longest), those)


def chinese_number(n):
    """A number below 1,000 in Chinese numerals: 二十三, 四百零五."""
    hundreds, tens, units = n // 100, n // 10 % 10, n % 10
    text = NUMERALS[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else NUMERALS[tens]) + "十"
    elif hundreds and units:
        text += "零"
    return text + (NUMERALS[units] if units else "")


def han(r, least=1, most=4, those=HAN):
    """Chinese characters, rare ones now and then."""
    if chance(r, 0.03):
        return "".join(r.choice(RARE if chance(r, 0.4) else HAN) for _ in range(r.randint(least, most)))
    return "".join(r.choices(those, k=r.randint(least, most)))
