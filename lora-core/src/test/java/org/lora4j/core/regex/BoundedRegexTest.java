/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.core.Candidate;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatcher;

/** Patterns from strangers end in time: with an answer, or with an exception that names them. */
@Tag("once-per-jdk")
final class BoundedRegexTest {
    static List<String> hostilePatterns() {
        return List.of(
                "(a+)+$",
                "(a+)+b",
                "(a*)*b",
                "(a|a)*b",
                "(a|aa)+$.",
                "(.*a){20}b",
                "(?:a?){60}a{60}b",
                "(?=(a+)+b).*",
                "(?<!x)(a+)+b",
                "a*".repeat(40) + "b",
                // These would loop without looking at a character.
                "(?:|)".repeat(60) + "(?!)",
                ".*" + "(?:|)".repeat(60) + "x",
                "(?:(?:){2000000000}){2000000000}b",
                "(?:a?a?a?a?a?a?a?a?){2000000000}b",
                "(?:^^^^^^^^){0,2000000000}b",
                "(?:b*|c*)".repeat(60) + "(?!)",
                "(?:(?:(?:|)|)|){2000000}(?!)");
    }

    @ParameterizedTest
    @MethodSource("hostilePatterns")
    void hostilePatternsEndInTime(String pattern) {
        BoundedRegex regex = BoundedRegex.compile("target modules", pattern);
        String path = "a".repeat(60);
        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> {
                    try {
                        assertThat(regex.fullMatch(path, StepBudget.forPaths(1))).isIn(true, false);
                    } catch (IllegalArgumentException e) {
                        assertThat(e).hasMessageContaining("\"" + pattern + "\"");
                    }
                });
    }

    @Test
    void runningOutOfStepsNamesThePatternAndThePath() {
        BoundedRegex regex = BoundedRegex.compile("target modules", "a*a*a*a*a*a*a*b");
        assertThatThrownBy(() -> regex.match("a".repeat(50), StepBudget.forPaths(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "target modules: matching the pattern \"a*a*a*a*a*a*a*b\" against \""
                                + "a".repeat(50)
                                + "\" takes too many steps; write it without repetitions inside"
                                + " repetitions, or list the names");
    }

    @Test
    void aHostilePatternInAConfigurationIsRefusedNotRun() {
        LoraConfigBuilder builder = LoraConfig.builder().setRank(2).setAlpha(3);
        List<Candidate> model = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            model.add(new Candidate("layers." + i + "." + "a".repeat(40) + "c", true, false));
        }
        for (LoraConfigBuilder hostile :
                List.of(
                        builder.build().toBuilder().optTargetModules("regex:.*.*.*.*.*.*.*b"),
                        builder.build().toBuilder()
                                .optTargetModules("all-linear")
                                .optExcludeModules("regex:.*.*.*.*.*.*.*b"))) {
            assertThatThrownBy(() -> TargetMatcher.of(hostile.build()).matchForLoading(model))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\".*.*.*.*.*.*.*b\"");
        }
        LoraConfig ranks = builder.optRankPattern(Map.of(".*.*.*.*.*.*.*b", 2)).build();
        assertThatThrownBy(() -> ranks.rankFor(model.get(0).path()))
                .hasMessageContaining("rank pattern");
    }

    @Test
    void deepRecursionIsAnExceptionToo() {
        BoundedRegex regex = BoundedRegex.compile("target modules", "(?:a|b)*");
        assertThatThrownBy(() -> regex.fullMatch("a".repeat(200_000), StepBudget.forPaths(99)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nests too deeply");
    }

    @Test
    void theBudgetIsSharedByThePathsOfOnePattern() {
        StepBudget budget = StepBudget.forPaths(0);
        int steps = 0;
        while (budget.take()) {
            steps++;
        }
        assertThat(steps).isEqualTo(1_000_000);
        assertThat(budget.take()).isFalse();
        StepBudget two = StepBudget.forPaths(2);
        steps = 0;
        while (two.take()) {
            steps++;
        }
        assertThat(steps).isEqualTo(1_200_000);
    }

    @Test
    void patternsThatAreTooLongOrTooDeepAreRefused() {
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a".repeat(100_001)))
                .hasMessageContaining("longer than 100000 characters: 100001");
        // how long a pattern Java can compile beyond this depends on the thread's stack
        assertThat(BoundedRegex.compile("x", "a".repeat(10_000))).isNotNull();
        assertThatThrownBy(() -> BoundedRegex.compile("x", "(".repeat(101) + ")".repeat(101)))
                .hasMessageContaining("lies in more than 100 groups")
                .hasMessageContaining("position 100");
        assertThat(BoundedRegex.compile("x", "(".repeat(100) + ")".repeat(100))).isNotNull();
        assertThat(BoundedRegex.compile("x", "(?i)".repeat(25_000))).isNotNull();
        assertThat(BoundedRegex.compile("x", "[" + "a".repeat(90_000) + "]")).isNotNull();
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a?".repeat(50_000)))
                .hasMessageContaining("Stack overflow during pattern compilation");
    }

    @Test
    void whatIsRefusedIsNamedWithWhatToWrite() {
        Map<String, String> refusals =
                Map.ofEntries(
                        Map.entry("(?<a>b)", "0: \"(?<\" names no group; write (...) or (?P<name>"),
                        Map.entry("a(?P=n)", "1: \"(?P=\" refers to a group; write its text again"),
                        Map.entry("(a)\\1", "3: \"\\1\" refers to a group, or is octal"),
                        Map.entry("(?(1)b|c)", "0: \"(?(\" is a condition; write both cases"),
                        Map.entry("a(?i)", "1: \"(?i)\" sets flags; only i and s can be set, by"),
                        Map.entry("(?x)a", "0: \"(?x)\" sets flags; only i and s can be set"),
                        Map.entry("a(?#b)", "1: \"(?#\" is a comment; leave it out"),
                        Map.entry("(?>a)", "0: \"(?>\" is atomic, which Python 3.10 does not know"),
                        Map.entry("a++", "1: \"++\" is possessive, which Python 3.10 does not"),
                        Map.entry("a**", "2: \"*\" repeats nothing, or a repetition"),
                        Map.entry("(?:^a){2}", "6: \"{2}\" repeats a group with an anchor"),
                        Map.entry("a{b", "1: \"{\" is no repetition; write \\{ for a brace"),
                        Map.entry("(?<=a|b)", "5: \"|\" stands in a look-behind; write plain"),
                        Map.entry("(?P<a>b)(?P<a>c)", "8: \"(?P<a>\" names a second group so"),
                        Map.entry("(a", "0: \"(\" begins a group that does not end; write"),
                        Map.entry("a)", "1: \")\" closes no group; write \\) for a bracket"),
                        Map.entry("a[b", "1: \"[\" begins a class that does not end"),
                        Map.entry("[\\w-z]", "1: \"\\w-z\" begins a range; write \\- for a"),
                        Map.entry("\\p{L}", "0: \"\\p\" is no escape of Python's"),
                        Map.entry("\\0", "0: \"\\0\" is an octal escape; write \\xhh"));
        refusals.forEach(
                (pattern, reason) ->
                        assertThatThrownBy(() -> BoundedRegex.compile("x", pattern))
                                .hasMessageStartingWith(
                                        "x: the pattern \""
                                                + pattern
                                                + "\" is refused at position "
                                                + reason));
    }

    @Test
    void whatJavaRefusesIsSaidInItsWords() {
        assertThatThrownBy(() -> BoundedRegex.compile("x", "[z-a]"))
                .hasMessageStartingWith(
                        "x: the pattern \"[z-a]\" is refused: Illegal character range");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a{99999999999}"))
                .hasMessageContaining("is refused: Illegal repetition range");
    }

    @Property(tries = 1000)
    void plainPatternsMeanTheSameInBothLanguages(
            @ForAll @CharRange(from = 'a', to = 'c') @StringLength(min = 1, max = 12) String path,
            @ForAll @CharRange(from = 'a', to = 'c') @StringLength(min = 1, max = 3) String part) {
        for (String pattern :
                List.of(
                        "(" + part + "|a)*",
                        part + "?.*?" + part + "+",
                        "(?:" + part + "{1,2}){2}",
                        "[" + part + "]*c|[^" + part + "]+")) {
            BoundedRegex regex = BoundedRegex.compile("x", pattern);
            assertThat(regex.fullMatch(path, StepBudget.forPaths(1)))
                    .as(pattern)
                    .isEqualTo(Pattern.matches(pattern, path));
            assertThat(regex.match(path, StepBudget.forPaths(1)) != null)
                    .isEqualTo(Pattern.compile(pattern).matcher(path).lookingAt());
        }
    }

    @Property(tries = 2000)
    void anyTextIsAPatternOrRefusedWithAPosition(@ForAll @StringLength(max = 30) String any) {
        try {
            BoundedRegex.compile("x", any).match("a.b", StepBudget.forPaths(1));
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("x: ");
        }
    }

    @Property(tries = 3000)
    void anyPunctuationIsAPatternOrRefusedWithAPosition(
            @ForAll
                    @CharRange(from = '(', to = '?')
                    @CharRange(from = '[', to = '^')
                    @CharRange(from = '{', to = '}')
                    @CharRange(from = 'P', to = 'P')
                    @StringLength(max = 12)
                    String any) {
        try {
            BoundedRegex.compile("x", any).match("a.b", StepBudget.forPaths(1));
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("x: ");
        }
    }

    @Property(tries = 1000)
    void suffixMatchingIsTheNaiveRule(
            @ForAll
                    @CharRange(from = '.', to = '.')
                    @CharRange(from = 'a', to = 'b')
                    @StringLength(min = 1, max = 9)
                    String path,
            @ForAll
                    @CharRange(from = '.', to = '.')
                    @CharRange(from = 'a', to = 'b')
                    @StringLength(min = 1, max = 4)
                    String name) {
        LoraConfig config =
                LoraConfig.builder().setRank(2).setAlpha(3).optTargetModules(name).build();
        boolean adapted =
                !TargetMatcher.of(config)
                        .matchForLoading(List.of(new Candidate(path, false, false)))
                        .adapted()
                        .isEmpty();
        boolean naive = path.equals(name) || path.endsWith("." + name);
        assertThat(adapted).isEqualTo(naive);
        assertThat(ModulePath.endsWith(path, name)).isEqualTo(naive);
    }
}
