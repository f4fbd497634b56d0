/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Templates and inputs from strangers: an error that names the line, in bounded time and memory.
 */
@Tag("once-per-jdk")
class TemplateLimitsTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 6, 9, 5, 7);

    private static TemplateException refused(String template, Map<String, ?> variables) {
        return assertTimeout(
                Duration.ofMinutes(5),
                () ->
                        assertThrows(
                                TemplateException.class,
                                () -> Template.parse(template).render(variables, NOW)));
    }

    private static final String MANY = "{% for i in range(100000) %}";
    private static final String TWICE = "{% set ns.x = ";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n"
                        + "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{%"
                        + " endfor %}",
                "\n{{ 'x' * 1000000000 }}",
                "\n{{ 'x' * 10 ** 30 }}",
                "\n{{ [0] * 10 ** 12 }}",
                "\n{{ '%1000000000d' % 1 }}",
                "\n{{ '%.999999999f' % 1 }}",
                "\n{{ '{:999999999}'.format(1) }}",
                "\n{{ 'x'.center(10 ** 10) }}",
                "\n{{ 'x' | indent(10 ** 10, true) }}",
                "\n{{ 'x'.zfill(10 ** 10) }}",
                "\n{{ [] | tojson(indent=10 ** 10) }}{{ [[1]] | tojson(indent=10 ** 10) }}",
                "\n{{ [1] | batch(10 ** 12, 'x') | list }}",
                "\n{{ [1] | slice(10 ** 12) | list }}",
                "\n{{ 2 ** 100000000 }}",
                "\n{{ 10 ** 4000 * 10 ** 4000 }}",
                "\n{{ range(10 ** 9) }}",
                "\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "\n{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "\n{% set s = 'ab' * 1000000 %}" + MANY + "{{ s.find('zz') }}{% endfor %}",
                "\n{% set s = 'a' * 3000000 %}{{ s.find('a' * 1000000 ~ 'b') }}"
                        + MANY
                        + "{{ s.find('a' * 1000000 ~ 'b') }}{% endfor %}",
                "\n{{ ('a ' * 20000000).split() }}",
                "\n{{ ''.join(['xxxxxxxxxxxxxxxxxxxxxxxx'] * 10000000) }}",
            })
    void boundsTimeAndMemory(String template) {
        TemplateException refused = refused(template, Map.of());
        assertEquals(2, refused.line(), refused.getMessage());
        assertFalse(refused.raisedByTemplate());
    }

    /** What an operation costs is paid in steps: with few of them, few such operations are done. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "('7' * 4200) | int",
                "digits | int",
                "digits[:3000] | int(base=16)",
                "n * n",
                "m // n",
                "m % n",
                "7 ** 4500",
                "m | string",
                "m ~ ''",
                "m | tojson",
                "[m] | tojson",
                "'%d' % m",
                "'%x' % m",
                "'{:,}'.format(m)",
                "'%.900f' % 1e300",
                "'{:.900f}'.format(1e300)",
                "1e300 | round(300)",
                "m | round(-300)",
                "m == 1e308",
                "m < 1e308",
                "strftime_now('%Y')",
                "strftime_now('%d %B')",
                "text.isascii()",
                "text.isprintable()",
                "text.islower()",
                "text is lower",
                "text.startswith('a', 5)",
                "text.ljust(5) | length",
                "dict[key]",
                "key in dict",
                "dict.get(key)",
                "{key: 1}",
            })
    void whatGrowsWithItsOperandsCountsAsSteps(String operation) {
        String template =
                "{% set digits = '7' * 4000 %}{% set n = 3 ** 4000 %}{% set m = 7 ** 4500 %}"
                        + "{% set text = 'a' * 20000 %}{% set key = 'k' * 20000 %}"
                        + "{% set dict = {'k' * 20000: 1, 'items': 2} %}"
                        + "{% for i in range(3000) %}{% set x = "
                        + operation
                        + " %}{% endfor %}";
        TemplateLimits few = new TemplateLimits(90_000, 100_000_000);
        Template.parse(template.replace("x = " + operation, "x = 7 * 8 + i"))
                .render(Map.of(), NOW, few);
        TemplateException refused =
                assertThrows(
                        TemplateException.class,
                        () -> Template.parse(template).render(Map.of(), NOW, few));
        assertTrue(refused.getMessage().contains("steps"), refused.getMessage());
    }

    @Test
    void numbersOfAnyLengthInPathsAreRefused() {
        String digits = "9".repeat(50_000);
        refused("{{ '{0[" + digits + "]}'.format([1]) }}", Map.of());
        refused("{{ [[1]] | map(attribute='" + digits + "') | list }}", Map.of());
        String flags = "{{ ('%' ~ '-' * 5000000 ~ 'd') % 1 }}";
        Rendering one =
                assertTimeout(
                        Duration.ofMinutes(1), () -> Template.parse(flags).render(Map.of(), NOW));
        assertEquals("1", one.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ns.x ~ ns.x", "ns.x + ns.x", "ns.x.replace('a', 'aa')"})
    void boundsTextsThatDouble(String twice) {
        refused(
                "{% set ns = namespace(x='a') %}" + MANY + TWICE + twice + " %}{% endfor %}",
                Map.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ns.x }}",
                "{{ ns.x | tojson }}",
                "{{ ns.x == ns.y }}",
                "{{ ns.x in [ns.y] }}",
                "{{ ns.x < ns.y }}",
                "{{ {(ns.x,): 1} }}",
            })
    void boundsValuesThatHoldThemselvesManyTimes(String use) {
        String grow =
                "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}"
                        + "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}";
        refused(grow + use, Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ ns.x }}", "{{ ns.x | tojson }}", "{{ ns.x == ns.y }}"})
    void boundsValuesThatAreDeep(String use) {
        String grow =
                "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(100000) %}"
                        + "{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}";
        refused(grow + use, Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{1:", "not ", "-", "x if ", "f(", "x[", "1 if 1 else "})
    void boundsNesting(String opening) {
        refused("{{ " + opening.repeat(100_000) + "1 }}", Map.of());
    }

    @Test
    void boundsNestedBlocksAndChains() {
        refused("{% if 1 %}".repeat(100_000), Map.of());
        refused("{{ 1" + " + 1".repeat(100_000) + " }}", Map.of());
        refused("{{ x" + "|upper".repeat(100_000) + " }}", Map.of());
        refused("{{ x" + ".y".repeat(100_000) + " }}", Map.of());
    }

    @Test
    void refusesInputThatIsTooDeep() {
        List<Object> deep = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            deep = new ArrayList<>(List.of(deep));
        }
        Map<String, Object> variables = Map.of("deep", deep);
        Template template = Template.parse("{{ deep }}");
        assertThrows(IllegalArgumentException.class, () -> template.render(variables, NOW));
    }

    @Test
    void rendersTenMegabytesOfText() {
        String text = "water ".repeat(1_750_000);
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", List.of(Map.of("role", "user", "content", text)));
        String template =
                "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content | trim + '<|end|>' }}"
                        + "{% if '</think>' in m.content %}?{% endif %}{% endfor %}";
        String rendered = Template.parse(template).render(variables, NOW).text();
        assertEquals("<|user|>" + text.strip() + "<|end|>", rendered);
    }

    @Test
    void limitsAreExact() {
        Template template = Template.parse("{{ 'ab' }}");
        assertEquals("ab", template.render(Map.of(), NOW, new TemplateLimits(100, 2)).text());
        TemplateException refused =
                assertThrows(
                        TemplateException.class,
                        () -> template.render(Map.of(), NOW, new TemplateLimits(100, 1)));
        assertTrue(String.valueOf(refused.getMessage()).contains("1 characters"));
        assertThrows(
                TemplateException.class,
                () -> template.render(Map.of(), NOW, new TemplateLimits(1, 100)));
    }

    @Test
    void randomTemplatesFailAsTemplates() {
        String[] parts = {
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            " for ",
            " x ",
            " in ",
            " if ",
            "endfor",
            "endif",
            "set ",
            "=",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "|",
            "upper",
            ".",
            ",",
            ":",
            "'",
            "\"",
            "1",
            "2.5",
            "+",
            "-",
            "*",
            "//",
            "**",
            "%",
            "~",
            "is ",
            "not ",
            "and ",
            "else ",
            "macro ",
            "endmacro",
            "call ",
            "\n",
            " ",
            "\\",
            "m",
            "loop",
            "range",
            "x.y",
            "raw",
            "endraw",
            "\u6f22",
            "\ud83e",
            "none",
            "namespace",
            "generation",
            "break",
            "x|join",
            "x[0]",
        };
        Random random = new Random(17);
        Map<String, Object> variables = Map.of("x", List.of("a", "b"), "m", Map.of("y", 1));
        int rendered = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder source = new StringBuilder();
            int length = 1 + random.nextInt(14);
            for (int j = 0; j < length; j++) {
                source.append(parts[random.nextInt(parts.length)]);
            }
            try {
                Template.parse(source.toString()).render(variables, NOW);
                rendered++;
            } catch (TemplateException e) {
                assertTrue(e.line() >= 1);
            }
        }
        assertTrue(rendered > 100);
    }
}
