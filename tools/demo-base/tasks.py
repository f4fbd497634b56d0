# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""What the base is trained on: generated tasks of reading, copying, cutting and writing JSON.

Each task gives a prompt (one line) and its answer. No task has Taiwanese addresses, their
division into fields, or the demo's prompt: the base learns to read records and to copy what it
has not seen, and an adapter has the rest to teach.
"""
import json

from forms import form
from signs import DIGITS, LETTERS, SMALL, chance, compact, han, HAN, number, wide
from words import FIELDS

def letters(r, least=1, most=4):
    return "".join(r.choices(r.choice([LETTERS, SMALL]), k=r.randint(least, most)))


def value(r):
    kind = r.randrange(8)
    if kind < 4:
        return han(r, 1, 5)
    if kind == 4:
        return number(r, 6)
    if kind == 5:
        return number(r) + r.choice("-/.之") + number(r, 2)
    if kind == 6:
        return letters(r, 1, 3) + number(r, 3)
    return han(r, 1, 3) + number(r, 3)


def noisy(r, text):
    """Full-width forms for some or all of ASCII, and spaces."""
    if chance(r, 0.3):
        text = wide(r, text, r.choice([0.3, 1, 1]))
    if chance(r, 0.2):
        text = "".join(c + (" " if chance(r, 0.15) else "") for c in text)
    return text


def mixture(r, most):
    """A string of few different characters or of many, with repeats."""
    pool = [r.choice(HAN) for _ in range(r.choice([3, 6, 12, 40]))]
    pool += r.choices(DIGITS, k=r.choice([0, 2, 6]))
    return "".join(r.choices(pool, k=r.randint(2, most)))


def copy(r):
    text = mixture(r, 36) if chance(r, 0.7) else "".join(value(r) for _ in range(r.randint(1, 6)))
    return "copy", text, text


def width(r):
    text = "".join(value(r) for _ in range(r.randint(1, 5)))
    return "width", wide(r, text, 0.7), text


def strip(r):
    text = "".join(value(r) for _ in range(r.randint(1, 5)))
    spread = "".join(c + (r.choice(" ,，。、-") if chance(r, 0.25) else "") for c in text if c not in "-.")
    return "strip", spread, "".join(c for c in spread if c not in " ,，。、-")


def some_fields(r, least, most):
    return r.sample(FIELDS, r.randint(least, most))


def key_values(r):
    """A record in one of several notations to JSON."""
    names = some_fields(r, 1, 5)
    record = {n: value(r) for n in names}
    equals, between = r.choice([("=", ";"), (":", " "), ("=", " "), (" ", "、"), ("＝", "，")])
    line = between.join(n + equals + v for n, v in record.items())
    return "json", line, compact(record)


def select(r):
    record = {n: value(r) for n in some_fields(r, 2, 6)}
    wanted = r.choice(list(record))
    return "select " + wanted, compact(record), record[wanted]


def pick(r):
    """Some fields of a record, in the order asked for."""
    record = {n: value(r) for n in some_fields(r, 2, 6)}
    wanted = r.sample(list(record), r.randint(1, len(record)))
    line = " ".join(n + "=" + v for n, v in record.items())
    return "pick " + " ".join(wanted), line, compact({n: record[n] for n in wanted})


def columns(r):
    names = some_fields(r, 2, 5)
    cells = [value(r) for _ in names]
    return "table " + ",".join(names), ",".join(cells), compact(dict(zip(names, cells)))


def items(r):
    parts = [value(r) for _ in range(r.randint(1, 7))]
    line = r.choice(["、", ",", " ", ";"]).join(parts)
    return "list", line, compact(parts)


def tags(r):
    record = {n: value(r) for n in some_fields(r, 1, 4)}
    return "tags", "".join(f"<{n}>{v}</{n}>" for n, v in record.items()), compact(record)


def legend(r):
    """Parts told by the sign that ends them, as a legend in the prompt says; any order, some absent."""
    names = some_fields(r, 2, 7)
    signs = r.sample(HAN, len(names))
    present = [i for i in range(len(names)) if chance(r, 0.75)] or [0]
    parts = {}
    for i in present:
        part = value(r)
        while any(s in part for s in signs):
            part = value(r)
        parts[i] = part
    order = list(present)
    if chance(r, 0.3):
        r.shuffle(order)
    between = r.choice([" ", "，", ",", "、", ";"]) if chance(r, 0.25) else ""
    line = between.join(parts[i] + signs[i] for i in order)
    if chance(r, 0.1):
        line += r.choice(["。", "(" + han(r, 1, 4) + ")", " " + han(r, 1, 3)])
    keep = chance(r, 0.5)  # whether the answer keeps the sign
    told = " ".join(s + "=" + n for s, n in zip(signs, names))
    answer = {names[i]: parts[i] + (signs[i] if keep else "") for i in present}
    return ("legend keep " if keep else "legend ") + told, noisy(r, line), compact(answer)


def western(r):
    """An English address."""
    word = lambda: letters(r, 3, 7).capitalize()
    parts = dict(number=number(r), street=word() + " " + r.choice(["Street", "Avenue", "Drive"]), city=word(),
                 state=letters(r, 2, 2).upper(), zip=number(r, 5))
    line = "{number} {street}, {city}, {state} {zip}".format(**parts)
    return "western", line, compact(parts)


TASKS = [(copy, 2.5), (width, 1), (strip, 1), (key_values, 1), (select, 0.1), (pick, 0.1), (columns, 0.5), (items, 0.5),
         (tags, 0.4), (legend, 0.4), (western, 0.2), (form, 14)]


def sample(r):
    """A prompt with its line's end, and the answer."""
    make = r.choices([t for t, _ in TASKS], [w for _, w in TASKS])[0]
    task, line, answer = make(r)
    return f"{task}: {line}\n", answer
