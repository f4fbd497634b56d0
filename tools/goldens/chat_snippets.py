# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""Small templates, each for a few constructs of the language, and the variables they see."""

VARIABLES = {
    "none": None,
    "yes": True,
    "no": False,
    "zero": 0,
    "seven": 7,
    "minus": -3,
    "big": 123456789012345678901234567890,
    "half": 0.5,
    "tiny": 1e-7,
    "huge": 1e22,
    "whole": 3.0,
    "empty": "",
    "word": "Anchor",
    "text": "  the Quick brown-fox (jumps) über\tthe\nlazy dog  ",
    "lines": "one\n\n  two\r\nthree\u2028four\n",
    "hostile": "{{ 7*7 }} {% set x = 1 %} {# gone #}",
    "cjk": "漢字🦜é",
    "csv": "a,b,,c",
    "numbers": [3, 1, 2, 1],
    "names": ["Bo", "anna", "Carl", "bo"],
    "mixed": [1, "1", 1.0, True, None, [1], {"a": 1}],
    "nothing": [],
    "pair": [1, [2, 3]],
    "boat": {"name": "Anna", "length": 12.5, "crew": [{"name": "Bo", "age": 30}, {"name": "Ib", "age": 25}]},
    "odd_keys": {"items": 1, "keys": "k", "get": None, "b": 2, "A": 1, "c": {"d": [1, 2, {"e": "f"}]}},
    "boats": [
        {"name": "Zoe", "kind": "sloop", "mast": {"h": 9}},
        {"name": "ada", "kind": "Ketch", "mast": {"h": 12}},
        {"name": "Bea", "kind": "sloop"},
    ],
    "tree": [{"n": 1, "kids": [{"n": 2, "kids": []}, {"n": 3, "kids": [{"n": 4, "kids": []}]}]}],
}

SNIPPETS = r"""
{{ none }}|{{ yes }}|{{ zero }}|{{ big }}|{{ half }}|{{ tiny }}|{{ huge }}|{{ whole }}|{{ missing }}|{{ empty }}
{{ numbers }} {{ mixed }} {{ boat }} {{ odd_keys }} {{ nothing }} {{ (1,) }} {{ (1, 'a') }} {{ {} }}
{{ [cjk, "it's", 'say "x"', 'both \' and "', 'a\\b\n\t\x07\u200b'] }}
{{ hostile }} {{ [hostile] }}
{{ 1 + 2 * 3 - 4 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 2 ** 10 }}
{{ 2 ** -1 }} {{ 2 ** 100 }} {{ big * big }} {{ 2 ** 0.5 }} {{ -2 ** 2 }} {{ 10 / 4 }} {{ 10 / 5 }} {{ 1e3 }} {{ 1_000 }}
{{ 0x1f }} {{ 0b101 }} {{ 0o17 }} {{ 1.5e-7 }} {{ 100000000000000000.0 }} {{ 1e16 }} {{ 123456.789 }} {{ 0.1 + 0.2 }}
{{ yes + 1 }} {{ yes * 3 }} {{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ [1] * 2 }} {{ [1] + [2] }} {{ (1,) + (2,) }} {{ 'a' * -1 }}|
{{ 'a' ~ 1 ~ none ~ yes ~ missing ~ 1.0 ~ [1] }} {{ 'x' + 1 ~ 2 }} {{ 'a' + 'b' ~ 'c' }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ yes == 1 }} {{ '1' == 1 }} {{ [1, 2] == [1, 2] }} {{ (1,) == [1] }}
{{ 'a' < 'b' }} {{ 'B' < 'a' }} {{ [1, 2] < [1, 3] }} {{ 1 < 1.5 }} {{ none == none }} {{ missing == other }} {{ none == missing }}
{{ boat == boat }} {{ {'a': 1} == {'a': 1.0} }} {{ '🦜' > '\uffff' }} {{ big > 1e29 }} {{ big == 1.2345678901234568e29 }}
{{ 1 in numbers }} {{ 9 not in numbers }} {{ 'name' in boat }} {{ 'chor' in word }} {{ '' in word }} {{ 'x' in missing }} {{ not 1 in numbers }}
{{ yes and 'x' }} {{ no or 'y' }} {{ none or empty or 'z' }} {{ not empty }} {{ not not word }} {{ zero and 1 }} {{ '' and 1 }}|
{{ 'a' if yes else 'b' }} {{ 'a' if no }}| {{ 'a' if no else 'b' if no else 'c' }} {{ ('x' if yes) ~ 'y' }}
{{ boat.name }} {{ boat['name'] }} {{ boat.crew[0].name }} {{ boat.crew[-1]['age'] }} {{ boat.crew.0.name }} {{ boat['crew'][1].name }}
{{ odd_keys['items'] }} {{ odd_keys.get('b') }} {{ odd_keys.b }} {{ odd_keys['zz'] }}| {{ odd_keys.get('zz', 5) }}
{{ word[0] }} {{ word[-1] }} {{ word[1:3] }} {{ word[:-2] }} {{ word[::2] }} {{ word[::-1] }} {{ cjk[2] }} {{ cjk[:3] }} {{ word[9] }}|
{{ numbers[1:] }} {{ numbers[:2] }} {{ numbers[::-1] }} {{ numbers[-2:] }} {{ (1, 2, 3)[1:] }} {{ numbers[5:] }} {{ numbers[3:0:-2] }}
{{ range(5)[1:3] }} {{ range(9)[::-2] }} {{ range(9)[::-2] | list }} {{ range(9)[7:1:3] }} {{ range(3) }} {{ range(1, 10, 3) | list }} {{ range(3, 0, -1) | list }} {{ range(0) | list }} {{ range(5)[-1] }} {{ range(4) | length }}
{{ missing is defined }} {{ word is defined }} {{ boat.zz is defined }} {{ none is none }} {{ missing is none }} {{ missing is undefined }}
{{ 1 is number }} {{ yes is number }} {{ yes is integer }} {{ 1 is integer }} {{ 1.0 is float }} {{ yes is boolean }} {{ yes is true }} {{ 1 is true }} {{ no is false }}
{{ word is string }} {{ boat is mapping }} {{ numbers is sequence }} {{ word is sequence }} {{ boat is sequence }} {{ 1 is sequence }} {{ word is iterable }} {{ 1 is iterable }} {{ none is iterable }}
{{ 3 is odd }} {{ 3 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 1 is eq 1 }} {{ 1 is ne(2) }} {{ 1 is lt 2 }} {{ 3 is ge 3 }} {{ 1 is in [1, 2] }} {{ 'x' is not in 'abc' }}
{{ 'abc' is lower }} {{ 'ABC' is upper }} {{ '12' is lower }} {{ 'a1' is lower }} {{ yes is sameas true }} {{ none is sameas none }} {{ 'upper' is filter }} {{ 'zz' is filter }} {{ 'odd' is test }} {{ range is callable }}
{{ word is string and yes }} {{ word is not string or no }} {{ numbers | length is eq 4 }} {{ not word is string }} {{ (word is string) ~ 'x' }}
{{ word | upper }} {{ word | lower }} {{ text | title }} {{ text | capitalize }} {{ text | trim }}| {{ 'xxaxx' | trim('x') }} {{ 5 | upper }} {{ none | lower }} {{ missing | upper }}|
{{ text.title() }} {{ text.capitalize() }} {{ "o'neil's ßtraße ǆ" | title }} {{ "o'neil's ßtraße ǆ".title() }} {{ 'ßx'.capitalize() }} {{ 'ß'.upper() }} {{ 'ΑΣ'.lower() }}
{{ text | replace('the', 'a') }} {{ text | replace('the', 'a', 1) }} {{ 'aaa' | replace('a', 'b', 2) }} {{ 'abc' | replace('', '-') }} {{ 12 | replace(1, 'x') }} {{ 'abc'.replace('', '-', 2) }}
{{ numbers | length }} {{ word | count }} {{ boat | length }} {{ cjk | length }} {{ missing | length }} {{ empty | length }}
{{ numbers | first }} {{ numbers | last }} {{ word | first }} {{ nothing | first }}| {{ boat | first }} {{ nothing | last }}|
{{ numbers | sort }} {{ numbers | sort(reverse=true) }} {{ names | sort }} {{ names | sort(case_sensitive=true) }} {{ boats | sort(attribute='name') | map(attribute='name') | join(',') }} {{ boats | sort(attribute='kind,name') | map(attribute='name') | list }}
{{ numbers | unique | list }} {{ names | unique | list }} {{ names | unique(true) | list }} {{ boats | unique(attribute='kind') | map(attribute='name') | list }}
{{ numbers | min }} {{ numbers | max }} {{ names | min }} {{ names | max }} {{ numbers | sum }} {{ boat.crew | sum(attribute='age') }} {{ nothing | sum }} {{ nothing | max }}| {{ boats | max(attribute='name') }}
{{ numbers | reverse | list }} {{ word | reverse }} {{ numbers | join }} {{ numbers | join('-') }} {{ boats | join(', ', attribute='name') }} {{ mixed | join('|') }} {{ nothing | join }}|
{{ numbers | batch(3) | list }} {{ numbers | batch(3, 'x') | list }} {{ numbers | slice(3) | list }} {{ numbers | slice(3, 'x') | list }}
{{ numbers | select('odd') | list }} {{ numbers | reject('odd') | list }} {{ numbers | select('gt', 1) | list }} {{ mixed | select | list }} {{ mixed | select('string') | list }}
{{ boats | selectattr('kind', 'equalto', 'sloop') | map(attribute='name') | list }} {{ boats | rejectattr('mast') | map(attribute='name') | list }} {{ boats | selectattr('mast', 'defined') | list | length }} {{ boats | selectattr('mast.h', 'gt', 10) | list | length if no else 'x' }}
{{ names | map('upper') | list }} {{ names | map('replace', 'o', '0') | join(' ') }} {{ boats | map(attribute='mast.h', default=0) | list if no else 1 }} {{ boats | map(attribute='name') | map('lower') | list }} {{ boats | map(attribute='mast', default='-') | list }}
{% if boats | selectattr('kind', 'equalto', 'none') %}generators are true{% endif %} {{ boats | selectattr('kind') | first }}
{% for kind, group in boats | groupby('kind') %}{{ kind }}: {{ group | map(attribute='name') | join(' ') }}; {% endfor %}
{% for key, value in boat | items %}{{ key }}={{ value }} {% endfor %}{% for key, value in odd_keys.items() %}{{ key }} {% endfor %}{% for key in boat %}{{ key }} {% endfor %}{{ missing | items | list }}
{{ odd_keys | dictsort }} {{ odd_keys | dictsort(true) }} {{ {'a': 2, 'b': 1} | dictsort(by='value') }} {{ {'a': 2, 'b': 1} | dictsort(reverse=true) }}
{{ boat.keys() }} {{ boat.values() | list | length }} {{ boat.items() | list | first }} {{ boat.items() | length }} {{ boat.copy() == boat }} {{ numbers.index(2) }} {{ numbers.count(1) }}
{{ missing | default('d') }} {{ empty | default('d') }}| {{ empty | default('d', true) }} {{ none | default('d') }} {{ none | d('d', boolean=true) }} {{ boat.zz | default }}|
{{ 'x' | string }} {{ 1 | string }} {{ word | list }} {{ boat | list }} {{ '3' | int }} {{ '3.7' | int }} {{ 'x' | int }} {{ 'x' | int(5) }} {{ 3.9 | int }} {{ -3.9 | int }} {{ '0x1f' | int(base=16) }} {{ ' 12 ' | int }} {{ '1_0' | int }}
{{ '1.5' | float }} {{ 'x' | float }} {{ 2 | float }} {{ 'x' | float(1.5) }} {{ '1e3' | float }} {{ -3 | abs }} {{ minus | abs }} {{ -2.5 | abs }} {{ 2.5 | round }} {{ 3.5 | round }} {{ 2.345 | round(2) }} {{ 2.341 | round(2, 'ceil') }} {{ 2.349 | round(1, 'floor') }} {{ 7 | round }} {{ 1234 | round(-2) }} {{ 2.5 | round | int }}
{{ text | indent }}|{{ lines | indent(2) }}|{{ lines | indent(2, true) }}|{{ lines | indent(2, blank=true) }}|{{ lines | indent('> ', first=true) }}
{{ 'abc' | center(9) }}|{{ 'abcd' | center(9) }}|{{ 'abc'.center(8, '*') }} {{ 'ab'.ljust(5, '.') }} {{ 'ab'.rjust(5) }} {{ '-5'.zfill(4) }} {{ text | wordcount }} {{ 'a-b c_d é' | wordcount }}
{{ 'foo bar baz qux' | truncate(9) }} {{ 'foo bar baz qux' | truncate(9, true) }} {{ 'foo bar baz qux' | truncate(11) }} {{ 'foo bar baz qux' | truncate(11, false, '...', 0) }}
{{ "<a href='x'>&\"" | escape }} {{ '<b>' | e }} {{ '<b>' | safe }} {{ '<i>' | safe | upper }} {{ '<' ~ ('<b>' | safe) ~ '>' }} {{ '&' | escape | length is eq 5 if no else 'x' }}
{{ '%s and %d' | format('a', 5) }} {{ '%5.2f|%-5s|%05d|%+d|%x|%X|%o|%e|%g|%%' % (3.14159, 'ab', 42, 7, 255, 255, 8, 12345.678, 0.0001) }} {{ '%s' % word }} {{ '%r' % (word,) }} {{ '%(a)s' % {'a': 1} }} {{ '%c%c' % ('a', 98) }} {{ '%g %g %g' % (100000.0, 1e6, 1.5) }} {{ '%s' % [[1, 2]] }}
{{ '{} {}'.format(1, 'a') }} {{ '{1}{0}'.format(1, 'a') }} {{ '{a} {b.name} {c[0]}'.format(a=1, b=boat, c=numbers) }} {{ '{:>5}|{:<5}|{:^5}|{:05d}|{:.2f}|{:,}|{:x}|{:+}|{:%}'.format('a', 'b', 'c', 42, 2.5, 1234567, 255, 7, 0.25) }} {{ '{!r:>8}'.format('a') }} {{ '{{}}{}'.format(1) }} {{ '{:{}}|'.format('a', 4) }}
{{ boat | tojson }} {{ odd_keys | tojson }} {{ mixed | tojson }} {{ cjk | tojson }} {{ cjk | tojson(ensure_ascii=true) }} {{ '</script>\u2028\x01"\\' | tojson }} {{ none | tojson }} {{ (1, 2) | tojson }} {{ {1: 2, none: 3, true: 4, 1.5: 5} | tojson }}
{{ boat | tojson(indent=2) }} {{ [] | tojson(indent=2) }} {{ odd_keys | tojson(indent=1, sort_keys=true) }} {{ boat | tojson(separators=(',', ':')) }} {{ [big, tiny, huge, whole] | tojson }} {{ [1] | tojson(indent='--') }}
{{ word.upper() }} {{ word.lower() }} {{ word.startswith('An') }} {{ word.endswith(('x', 'or')) }} {{ word.find('c') }} {{ word.find('z') }} {{ word.rfind('n') }} {{ word.index('h') }} {{ word.count('n') }} {{ cjk.find('é') }} {{ word.startswith('c', 2) }} {{ 'aXbX'.find('X', 2) }}
{{ csv.split(',') }} {{ csv.split(',', 1) }} {{ csv.rsplit(',', 1) }} {{ text.split() }} {{ text.split(none, 2) }} {{ text.rsplit(maxsplit=1) }} {{ csv.partition(',') }} {{ csv.rpartition(',') }} {{ 'abc'.partition('z') }} {{ 'abc'.rpartition('z') }} {{ lines.splitlines() }} {{ lines.splitlines(true) }} {{ empty.split() }} {{ empty.split(',') }}
{{ text.strip() }}|{{ text.lstrip() }}|{{ text.rstrip() }}|{{ 'xyxa'.lstrip('xy') }} {{ 'axyx'.rstrip('yx') }} {{ '\n\na\n'.strip('\n') }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ 'abc'.removesuffix('z') }} {{ ', '.join(names) }} {{ ''.join(['a', 'b']) }} {{ 'a\tb'.expandtabs(4) }} {{ 'aB'.swapcase() }}
{{ '12'.isdigit() }} {{ ''.isdigit() }} {{ '1a'.isalnum() }} {{ 'ab'.isalpha() }} {{ ' \n'.isspace() }} {{ 'AB'.isupper() }} {{ 'ab1'.islower() }} {{ '½'.isnumeric() }} {{ '½'.isdecimal() }} {{ '²'.isdigit() }} {{ 'é'.isalpha() }} {{ 'é'.isascii() }}
{% for x in numbers %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{{ loop.changed(x) }};{% endfor %}
{% for x in nothing %}x{% else %}none{% endfor %} {% for x in numbers if x > 1 %}{{ loop.index }}:{{ x }} {% else %}no{% endfor %} {% for a, (b, c) in [pair] %}{{ a }}{{ b }}{{ c }}{% endfor %} {% for x in word %}{{ x }}.{% endfor %} {% for x in missing %}x{% endfor %}
{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %} {% for a in [1, 2] %}{% for b in [1, 2] %}{% if b == 2 %}{% break %}{% endif %}{{ a }}{{ b }} {% endfor %}{{ loop.index }}{% endfor %}
{% for node in tree recursive %}{{ node.n }}@{{ loop.depth }}{% if node.kids %}({{ loop(node.kids) }}){% endif %}{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + 1 %}{{ x }} {% endfor %}{{ x }} {% set ns = namespace(n=0, s='') %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% set ns.s = ns.s ~ i %}{% endfor %}{{ ns.n }}{{ ns.s }} {% if yes %}{% set y = 5 %}{% endif %}{{ y }}
{% set a, b = 1, 2 %}{{ b }}{{ a }} {% set t = 1, %}{{ t }} {% set block %}a{{ word }}b{% endset %}{{ block }}{{ block | length }} {% set up | upper | replace('A', '4') %}abc{{ word }}{% endset %}{{ up }} {% with q = 5, r = 6 %}{{ q }}{{ r }}{% endwith %}{{ q is defined }}
{% macro m(a, b=2, c=a) %}[{{ a }}{{ b }}{{ c }}{{ varargs }}{{ kwargs }}]{% endmacro %}{{ m(1) }}{{ m(1, 3, 4, 5) }}{{ m(a=1, z=2) }}{{ m() }} {% macro n(x) %}{{ caller(x) }}{{ caller(x) }}{% endmacro %}{% call(v) n('z') %}<{{ v }}{{ word }}>{% endcall %} {{ m(1).upper() }}
{% macro outer() %}{% macro inner(k) %}{{ k }}{{ late }}{% endmacro %}{{ inner(1) }}{% endmacro %}{% set late = 'L' %}{{ outer() }} {% macro fact(n) %}{{ 1 if n <= 1 else n * (fact(n - 1) | int) }}{% endmacro %}{{ fact(10) }}
{% filter upper %}abc {{ word }}{% endfilter %} {% filter replace('b', 'x') | trim %} abc {% endfilter %} {% print 1, 'a' %} {% set j = joiner('; ') %}{% for i in [1, 2] %}{{ j() }}{{ i }}{% endfor %} {{ dict(a=1, b=2) }} {{ dict([('k', 'v')]) }} {{ dict(boat, name='B') | length }}
{% raw %}{{ not }} {% this %}{% endraw %}|{%- raw -%}  {{ x }}  {%- endraw -%}| {# comment #}|{#- stripped -#} |{{- ' a ' -}} | {%- if yes -%} b {%- endif -%} |
{{ strftime_now('%d %b %Y %H:%M:%S %A %B %j %y %I %p %-d %-m %%') }} {{ strftime_now('%Y-%m-%d') }} {{ strftime_now is defined }} {{ raise_exception is defined }}
{{ 'a\'b' }} {{ "a\"b" }} {{ 'x' 'y' "z" }} {{ '\x41\u00e9\U0001f99c\101\q' }} {{ 'tab\tnl\n' }}|{{ true }}{{ False }}{{ None }}{{ none }} {{ 'multi
line' }}
{{ {'a': 1, 'b': [1, (2, 3)]} }} {{ [1, 2,] }} {{ (1) }} {{ () }} {{ {'a': 1,}['a'] }} {{ [[1, 2], [3]][0][1] }} {{ {'k': 'v'}.k }}
{{ -seven }} {{ +seven }} {{ - 3 | abs }} {{ (-3) | abs }} {{ -word | length if no else 1 }} {{ 2 - -3 }} {{ not yes == no }} {{ 1 if yes and not no }}
{{ m(*[1, 2]) if m is defined else 'no macro' }} {% macro s() %}{{ varargs | join(',') }}{{ kwargs | tojson }}{% endmacro %}{{ s(*[1, 2], **{'k': 3}) }}
{{ namespace(a=1).a }} {{ namespace({'b': 2}).b }} {% set ns = namespace() %}{% set ns.x = [1] %}{% set ns.x = ns.x + [2] %}{{ ns.x }} {{ ns.zz is defined }} {{ ns }}
{{ word|upper|lower|title ~ '!' }} {{ 'a' + 'b' | upper }} {{ ('a' + 'b') | upper }} {{ numbers|length > 3 }} {{ 'a,b' .split(',') [0] }} {{ word . lower ( ) }}
"""

WHITESPACE = [
    "a\n{% if yes %}\n  b\n{% endif %}\nc\n",
    "a\n  {% if yes %}\n  b\n  {% endif %}  \nc\n\n",
    "a\n  {%+ if yes %}\n  b\n  {%- endif +%}\nc\r\nd\r",
    "  {{ word }}\n  {{- word }}\n  {{ word -}}  \n x",
    "x  {% if yes %} y {% endif %}\n  {# c #}\nz {#- d -#}  w",
    "\n\n{%- set a = 1 -%}\n\n{{ a }}\n{%- for i in [1, 2] %}\n  {{ i }}\n{%- endfor %}\n",
    "{% for i in [1, 2] -%}\n  {{ i }},\n{%- endfor %}\n\n\n",
    "  {% raw %}\n  {{ x }}\n  {% endraw %}\nend",
    "{% if yes %}{# c #}\n{% endif %}\ttab\n\t{% if yes %}\nq{% endif %}",
    "\u3000{%- if yes %}a{% endif -%}\u00a0\u2003b",
    "{% if no %}{% elif yes %}e{% else %}f{% endif %}{{ '%}' }}{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}",
    "{{ [1,\n2] }}{% set x = {\n 'a': 1\n} %}{{ x.a }}\n",
]

REFUSED = [
    "{{ missing.name }}",
    "{{ missing + 1 }}",
    "{{ 'a' + 1 }}",
    "{{ 1 + 'a' }}",
    "{{ 'a' + none }}",
    "{{ none.x.y }}",
    "{{ boat.zz.name }}",
    "{{ 1 / 0 }}",
    "{{ 1 % 0 }}",
    "{{ 1 < 'a' }}",
    "{{ 1 in 5 }}",
    "{{ 1 in 'abc' }}",
    "{{ word() }}",
    "{{ missing() }}",
    "{{ numbers | upperr }}",
    "{{ numbers is strange }}",
    "{{ numbers | map('upper') | length }}",
    "{{ 5 | length }}",
    "{{ 5 | first }}",
    "{{ missing | int }}",
    "{{ none | tojson | foo }}",
    "{{ missing | tojson }}",
    "{{ numbers.append(1) }}",
    "{{ boat.update(x=1) }}",
    "{{ raise_exception('no parrots') }}",
    "{% for a, b in numbers %}{% endfor %}",
    "{% set a, b = [1, 2, 3] %}",
    "{% set boat.name = 1 %}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{{ range(1000000) }}",
    "{{ namespace(_a=1) }}",
    "{{ mixed | sort }}",
    "{{ ''.join([1]) }}",
    "{{ 'abc'.index('z') }}",
    "{{ 'a'.split('') }}",
    "{{ '%d' % 'a' }}",
    "{{ '%s %s' % 'a' }}",
    "{{ '%s' % (1, 2) }}",
    "{{ '{}'.format() }}",
    "{{ '{x}'.format() }}",
    "{{ {[]: 1} }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}",
    "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "{{ numbers.__class__.__mro__ }}",
    "{{ word.format.__globals__.x }}",
    "{{ loop.index }}",
    "{% break %}",
    "{% if yes %}",
    "{% endif %}",
    "{% for x in %}{% endfor %}",
    "{% for x of numbers %}{% endfor %}",
    "{% unknown %}",
    "{{ {'a': 1, **boat} }}",
    "{{ 1 ~ 2 + 3 }}",
    "{{ 1 + }}",
    "{{ (1 }}",
    "{{ [1 }}",
    "{{ 1) }}",
    "{{ 'a }}",
    "{{ word | }}",
    "{{ word. }}",
    "{{ word is }}",
    "{{ a b }}",
    "{{ }}",
    "{{",
    "{%",
    "{#",
    "{% raw %}",
    "{% set 1 = 2 %}",
    "{% set true = 2 %}",
    "{% macro m(a=1, b) %}{% endmacro %}",
    "{{ f(a=1, 2) }}",
    "{{ 1 is defined is defined }}",
    "{{ 1 ? 2 }}",
    "{{ 007 }}",
    "{% if yes %}{% endfor %}",
    "{% else %}",
    "{% generation %}",
    "{{ \"a\\\" }}",
]


def snippets():
    """The lines of SNIPPETS; one of them holds a string of two lines."""
    lines = SNIPPETS.strip("\n").replace("'multi\nline'", "'multi\0line'").split("\n")
    return [line.replace("\0", "\n") for line in lines]
