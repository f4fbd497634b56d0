# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Forms: some hundred tasks drawn once, each of which cuts lines of its own kind into fields.

A form has a name, fields in the order of the answer, and for each field a kind of value and the
signs (any Chinese characters) that end it; what stands in a line varies as people vary it: parts
are missing, in another order, separated by this or that, in full width, with spaces inside, with
words before and behind that belong to no field. Each form must be learnt by heart, since its
prompt names it only. None has the demo's signs, keys in its order, or its prompt.
"""
import random
from dataclasses import dataclass

from signs import DIGITS, HAN, LETTERS, chance, chinese_number, compact, digits, few, han, number, wide
from words import FIELDS

PLAIN = 250  # the others are harder: more fields, longer signs, signs that two fields share
SPACES = [" ", " ", "\u3000", "  "]
SEPARATORS = [",", "，", "、", ", ", "/", " / ", "|", ";", "；", ".", " - ", "\t"]
BRACKETS = ["()", "（）", "[]", "【】", "「」"]
NUMERIC = set("".join(DIGITS) + LETTERS + LETTERS.lower() + "零一二三四五六七八九十百之-")
KINDS = ["name"] * 5 + ["choice"] * 3 + ["number"] * 4 + ["divided"] * 3 + ["code"] * 1 + ["level"] * 2


@dataclass(frozen=True)
class Field:
    key: str
    kind: str
    endings: tuple  # one of them ends the value; none: it has no sign
    choices: tuple
    before: tuple  # now and then one of them begins it
    further: bool  # whether a part after 之 or a hyphen may follow the sign
    present: float


@dataclass(frozen=True)
class Form:
    name: str
    fields: tuple
    keep: bool  # whether values keep their signs
    junk: tuple


def draw(seed):
    """Draws a form."""
    r = random.Random(f"form {seed}")
    harder = seed >= PLAIN
    keys = r.sample(FIELDS, r.randint(8 if harder else 4, 12))
    signs = r.sample(HAN, 60 if harder else 40)
    fields = []
    for key in keys:
        kind = r.choice(KINDS)
        longer = 0.25 if harder else 0.08  # of signs with two characters
        endings = tuple(signs.pop() + (signs.pop() if chance(r, longer) else "") for _ in range(r.choice([1, 1, 1, 1, 2, 3])))
        if harder and fields and fields[-1].endings and kind in ("name", "choice") and chance(r, 0.4):
            endings += fields[-1].endings[:1]  # the two are told apart by order, or by heart
        if kind == "code" or (kind in ("choice", "level") and chance(r, 0.15)):
            endings = ()
        choices = ()
        if kind == "choice":
            # now and then a name has a sign inside
            odd = lambda: r.choice(endings)[0] if endings and chance(r, 0.05) else ""
            choices = tuple(odd() + han(r, r.choice([1, 2, 2]), r.choice([2, 2, 3])) for _ in range(r.choice([12, 24, 48] if harder else [6, 12, 24])))
        before = tuple(han(r, 1, 2) for _ in range(r.choice([0, 0, 0, 1, 2])))
        present = r.choice([0.3, 0.5, 0.7, 0.9, 0.97])
        fields.append(Field(key, kind, endings, choices, before, kind in ("divided", "level") and chance(r, 0.5), present))
    name = " ".join(r.sample(FIELDS, 2))
    junk = tuple(han(r, 1, 5) + r.choice(["", "", "：", " ", "。"]) for _ in range(6))
    return Form(name, tuple(fields), chance(r, 0.85), junk)


FORMS = []


def use(count):
    """Draws so many forms, the same ones each time."""
    FORMS[:] = [draw(seed) for seed in range(count)]


def numeral(r, longest, those, share):
    """A number, in Chinese numerals now and then."""
    text = number(r, longest, those)
    return chinese_number(int(text)) if len(text) < 4 and chance(r, share) else text


def value(r, field, signs, characters, those):
    """A value and its sign; a name is made of these characters, a number of those digits."""
    if field.kind == "name":
        text = han(r, 1 if chance(r, 0.05) else 2, 4 if chance(r, 0.1) else 2, characters)
        while any(c in signs for c in text):
            text = han(r, 2, 3, characters)
        text += r.choice("東西南北中一二三四五新") if chance(r, 0.15) else ""
    elif field.kind == "choice":
        text = r.choice(field.choices)
    elif field.kind == "code":
        text = digits(r, r.choice([3, 5, 6, 6]), those)
    elif field.kind == "level":
        text = numeral(r, 2, those, 0.3)
        if chance(r, 0.1):
            text = r.choice(LETTERS[:6]) + text
        if not field.endings:
            text = r.choice(LETTERS) + text
    else:
        text = numeral(r, r.choice([1, 2, 3, 3, 4]), those, 0.08)
    ending = r.choice(field.endings) if field.endings else ""
    if field.kind == "divided" and chance(r, 0.25):
        text += r.choice("之-") + numeral(r, 2, those, 0.08)
    elif field.further and ending and chance(r, 0.2):
        ending += r.choice("之之-") + numeral(r, 2, those, 0.08)
    if field.kind == "choice" and ending and chance(r, 0.1):
        ending = ""
    if field.before and chance(r, 0.08):
        text = r.choice(field.before) + text
    return text, ending


def spread(r, text, share):
    """Spaces between characters, not inside a number."""
    result = text[:1]
    for a, b in zip(text, text[1:]):
        result += (r.choice(SPACES) if chance(r, share) and not (a in NUMERIC and b in NUMERIC) else "") + b
    return result


def separator(r):
    return r.choice(SPACES if chance(r, 0.6) else SEPARATORS)


def shuffled(r, parts):
    """Most lines have the order of the answer."""
    if chance(r, 0.85):
        return parts
    kind = r.randrange(3)
    if kind == 0:  # the last part first, or the first last
        return parts[-1:] + parts[:-1] if chance(r, 0.5) else parts[1:] + parts[:1]
    if kind == 1:
        return parts[::-1]
    return r.sample(parts, len(parts))


def written(r, form, parts):
    """The line: parts are (text, whether it needs a separator behind)."""
    share = 0.2 if chance(r, 0.1) else 0
    usual = separator(r) if chance(r, 0.25) else ""
    usually = 1 if chance(r, 0.5) else 0.4
    line = ""
    for i, (text, open_end) in enumerate(parts):
        if i:
            needed = parts[i - 1][1] or (parts[i - 1][0][-1] in NUMERIC and text[0] in NUMERIC)
            between = usual if chance(r, usually) else ""
            line += separator(r) if needed and not between else between
        text = spread(r, text, share)
        if chance(r, 0.02):
            left, right = r.choice(BRACKETS)
            text = left + text + right
        line += text
    if chance(r, 0.3):
        share = r.choice([0.5, 1, 1])
        line = "".join(wide(r, c, share) if c.isalnum() or c == "-" else c for c in line)
    if chance(r, 0.08):
        line = r.choice(form.junk[:3]) + line
    if chance(r, 0.08):
        line += r.choice(form.junk[3:])
    return line


def form(r):
    """A line of one of the forms to JSON."""
    kind = r.choice(FORMS)
    signs = {c for f in kind.fields for e in f.endings for c in e}
    characters = [c for c in few(r, HAN, 0.15) if c not in signs] or HAN
    those = few(r, DIGITS, 0.3)
    answer, parts = {}, []
    for field in kind.fields:
        if not chance(r, field.present):
            continue
        text, ending = value(r, field, signs, characters, those)
        answer[field.key] = text + ending if kind.keep else text
        parts.append((text + ending, not ending and field.kind not in ("choice", "code")))
    if len(parts) < 2:
        return form(r)
    return kind.name, written(r, kind, shuffled(r, parts)), compact(answer)
