/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

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
                "((a+)\\2)+b",
                "a*".repeat(40) + "b",
                // These would loop without looking at a character.
                "(?:|)".repeat(60) + "(?!)",
                ".*" + "(?:|)".repeat(60) + "x",
                "(?:(?:){2000000000}){2000000000}b",
                "()\\1{2000000000}b",
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
                .hasMessageContaining("more than 100 groups in one another")
                .hasMessageContaining("position 100");
        assertThat(BoundedRegex.compile("x", "(".repeat(100) + ")".repeat(100))).isNotNull();
    }

    @Test
    void longRowsOfItemsLookAtACharacterNowAndThen() throws Exception {
        for (String item : List.of("a", "[a]?", "^", "(?:)", "()", "\\d*", "(?=)")) {
            String java = PythonRegex.toJava(item.repeat(160));
            int touches = java.split(Pattern.quote(PythonRegex.TOUCH), -1).length - 1;
            int inGroups = item.startsWith("(") ? 160 : 0;
            assertThat(touches).as(item).isEqualTo(1 + 10 + inGroups);
        }
    }

    @Test
    void whatPythonDoesNotKnowIsNamed() {
        assertThatThrownBy(() -> BoundedRegex.compile("x", "(?<a>b)"))
                .hasMessage(
                        "x: the pattern \"(?<a>b)\" is broken at position 1: unknown extension ?<a;"
                                + " patterns follow Python's re, as in PEFT");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "(?Px)"))
                .hasMessageContaining("unknown extension ?Px;");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "(?z)"))
                .hasMessageContaining("unknown extension ?z;");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a(?i)"))
                .hasMessageContaining("position 1: global flags not at the start");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a(?i"))
                .hasMessageContaining("position 4: missing : after flags");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a{2147483646}b{2147483647}"))
                .hasMessageContaining("position 15: the repetition number is too large");
    }

    @Test
    void whatJavaCannotRunIsSaidSo() {
        assertThatThrownBy(() -> BoundedRegex.compile("x", "(a)?(?(1)b|c)"))
                .hasMessageContaining("conditional groups")
                .hasMessageContaining("position 4");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "(a)(?<=(?:\\1))"))
                .hasMessageContaining("references in a look-behind")
                .hasMessageContaining("not supported");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a{99999999999}"))
                .hasMessageContaining("the repetition number is too large");
        assertThatThrownBy(() -> BoundedRegex.compile("x", "a{2147483647}"))
                .hasMessageContaining("the repetition number is too large");
    }

    @Property(tries = 1000)
    void plainPatternsMeanTheSameInBothLanguages(
            @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 12) String path,
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
            assertThat(regex.match(path, StepBudget.forPaths(1)))
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
