# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""What the base is trained on: generated tasks of reading, copying, cutting and writing JSON.

Each task gives a prompt (one line) and its answer. No task has Taiwanese addresses, their
division into fields, or the demo's prompt: the base learns to read records and to copy what it
has not seen, and an adapter has the rest to teach.
"""
import json

from tokenizer import PLACES, chinese, rare
from words import FIELDS

HAN = chinese() + 3 * list(PLACES)
RARE = rare()
DIGITS = "0123456789"
NUMERALS = "一二三四五六七八九十"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = LETTERS.lower()
SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高"
WIDE = {c: chr(ord(c) + 0xFEE0) for c in map(chr, range(0x21, 0x7F))}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def chance(r, p):
    return r.random() < p


def number(r, longest=4):
    first = r.choice("123456789")
    return first + "".join(r.choices(DIGITS, k=r.randrange(longest)))


def han(r, least=1, most=4):
    if chance(r, 0.03):
        return "".join(r.choice(RARE if chance(r, 0.4) else HAN) for _ in range(r.randint(least, most)))
    return "".join(r.choices(HAN, k=r.randint(least, most)))


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
        share = r.choice([0.3, 1, 1])
        text = "".join(WIDE.get(c, c) if chance(r, share) else c for c in text)
    if chance(r, 0.2):
        text = "".join(c + (" " if chance(r, 0.15) else "") for c in text)
    return text


def mixture(r, most):
    """A string of few different characters or of many, with repeats."""
    pool = [r.choice(HAN) for _ in range(r.choice([3, 6, 12, 40]))]
    pool += r.choices(DIGITS, k=r.choice([0, 2, 6]))
    return "".join(r.choices(pool, k=r.randint(2, most)))


def copy(r):
    text = mixture(r, 36)
    return "copy", text, text


def width(r):
    text = "".join(value(r) for _ in range(r.randint(1, 5)))
    wide = "".join(WIDE.get(c, c) if chance(r, 0.7) else c for c in text)
    return "width", wide, text


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


def fixed(task, parts, keep=False):
    """Parts told by fixed signs: (name, value, sign before, sign after), in the answer's order."""

    def make(r):
        chosen = [(n, v(r), before, after) for n, v, before, after in parts if chance(r, 0.75)]
        if not chosen:
            return make(r)
        shown = list(chosen)
        if chance(r, 0.08):
            r.shuffle(shown)
        between = r.choice([" ", "，", ",", "、", ";"]) if chance(r, 0.2) or shown != chosen else ""
        line = between.join(before + v + after for _, v, before, after in shown)
        if chance(r, 0.1):
            line += r.choice(["。", "（" + han(r, 1, 4) + "）", " " + han(r, 1, 3)])
        answer = {n: before + v + after if keep else v for n, v, before, after in chosen}
        return task, noisy(r, line), compact(answer)

    return make


def small(r):
    return number(r, 2)


def numeral(r):
    return r.choice([small(r), small(r), r.choice(NUMERALS), "十" + r.choice(NUMERALS[:9])])


def divided(r):
    """A number, now and then with a part after 之 or a hyphen."""
    return number(r, 4) + r.choice(["", "", "之" + numeral(r), "-" + small(r)])


def person(r):
    return r.choice(SURNAMES) + han(r, 1, 2)


def name(r):
    return han(r, 1, 3)


def long_code(r):
    return number(r, 6)


date = fixed("date", [
    ("era", lambda r: r.choice(["民國", "西元", "昭和", "光緒"]), "", ""), ("year", long_code, "", "年"),
    ("month", numeral, "", "月"), ("day", numeral, "", "日"), ("week", lambda r: r.choice(NUMERALS[:6] + "日"), "星期", ""),
    ("period", lambda r: r.choice(["上午", "下午", "晚上", "清晨"]), "", ""), ("hour", numeral, "", "時"),
    ("minute", small, "", "分"), ("second", small, "", "秒")])
law = fixed("law", [
    ("law", lambda r: han(r, 1, 5), "", "法"), ("chapter", numeral, "第", "章"), ("article", divided, "第", "條"),
    ("paragraph", numeral, "第", "項"), ("item", numeral, "第", "款")])
book = fixed("book", [
    ("title", lambda r: han(r, 1, 6), "《", "》"), ("volume", numeral, "第", "卷"), ("chapter", numeral, "", "回"),
    ("page", small, "", "頁"), ("line", small, "", "行"), ("author", person, "", "著"), ("edition", numeral, "", "版")],
    keep=True)
goods = fixed("goods", [
    ("code", lambda r: letters(r, 1, 3) + r.choice(["", "-"]) + number(r), "", ""), ("name", name, "品名", ""),
    ("length", small, "長", "公分"), ("width", small, "寬", "公分"), ("height", small, "高", "公分"),
    ("weight", divided, "", "公斤"), ("count", numeral, "", "箱"), ("price", long_code, "", "元")])
student = fixed("student", [
    ("code", long_code, "", ""), ("school", name, "", "大學"), ("department", name, "", "系"), ("grade", numeral, "", "年級"),
    ("class", lambda r: r.choice("甲乙丙丁忠孝仁愛"), "", "班"), ("name", person, "", "同學"), ("score", small, "", "分")],
    keep=True)
train = fixed("train", [
    ("from", name, "從", ""), ("to", name, "往", ""), ("train", divided, "", "次"), ("cabin", small, "", "車廂"),
    ("seat", lambda r: small(r) + r.choice("ABCDE"), "", "座")])
meeting = fixed("meeting", [
    ("person", person, "", "先生"), ("title", name, "", "長"), ("company", name, "", "公司"),
    ("phone", lambda r: "0" + number(r, 1) + "-" + number(r, 8), "電話", ""), ("extension", small, "轉", "")])
museum = fixed("museum", [
    ("code", long_code, "", ""), ("museum", name, "", "館"), ("hall", name, "", "廳"), ("case", divided, "", "櫃"),
    ("shelf", numeral, "", "格"), ("item", divided, "", "件"), ("remark", lambda r: number(r, 2) + "K", "", "")], keep=True)
factory = fixed("factory", [
    ("company", name, "", "公司"), ("factory", name, "", "廠"), ("line", numeral, "", "線"), ("machine", divided, "", "機"),
    ("batch", divided, "", "批"), ("shift", lambda r: r.choice("早中晚") , "", "班"), ("worker", person, "", "師傅")], keep=True)
ship = fixed("ship", [
    ("port", name, "", "港"), ("pier", numeral, "", "碼頭"), ("ship", name, "", "輪"), ("voyage", divided, "", "航次"),
    ("container", lambda r: letters(r, 2, 4) + number(r, 5), "", "貨櫃"), ("weight", small, "", "噸")], keep=True)
patient = fixed("patient", [
    ("hospital", name, "", "醫院"), ("department", name, "", "科"), ("doctor", person, "", "醫師"), ("number", small, "", "診"),
    ("body", numeral, "", "床"), ("dose", divided, "", "錠"), ("day", numeral, "", "天份")])


def western(r):
    """An English address."""
    word = lambda: letters(r, 3, 7).capitalize()
    parts = dict(number=number(r), street=word() + " " + r.choice(["Street", "Avenue", "Drive"]), city=word(),
                 state=letters(r, 2, 2).upper(), zip=number(r, 5))
    line = "{number} {street}, {city}, {state} {zip}".format(**parts)
    return "western", line, compact(parts)


TASKS = [(copy, 2.5), (width, 1.5), (strip, 1.5), (key_values, 1.5), (select, 0.1), (pick, 0.1), (columns, 0.7), (items, 0.7),
         (tags, 0.5), (legend, 0.5), (date, 1.5), (law, 1), (book, 2), (goods, 1), (student, 2.5), (train, 0.7),
         (meeting, 0.7), (museum, 3), (factory, 3), (ship, 2.5), (patient, 0.7), (western, 0.2)]


def sample(r):
    """A prompt with its line's end, and the answer."""
    make = r.choices([t for t, _ in TASKS], [w for _, w in TASKS])[0]
    task, line, answer = make(r)
    return f"{task}: {line}\n", answer
