/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.constraints.UniqueElements;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once-per-jdk")
final class ModulePathTest {
    @Test
    void djlsNumberGoesOnlyIfItIsTheChildsOwn() {
        assertThat(ModulePath.segment("01layer", 0)).isEqualTo("layer");
        assertThat(ModulePath.segment("021", 1)).isEqualTo("1");
        assertThat(ModulePath.segment("10099", 99)).isEqualTo("99");
        assertThat(ModulePath.segment("02layer", 0)).isEqualTo("02layer");
        assertThat(ModulePath.segment("1layer", 0)).isEqualTo("1layer");
        assertThat(ModulePath.segment("layer", 0)).isEqualTo("layer");
        assertThat(ModulePath.segment("01", 0)).isEqualTo("01");
    }

    @Test
    void siblingsThatWouldBeEqualKeepTheirKeys() {
        assertThat(ModulePath.segments(List.of("01Linear", "02Relu", "03Linear")))
                .containsExactly("01Linear", "Relu", "03Linear");
        assertThat(ModulePath.segments(List.of("01a", "02a", "0301a")))
                .containsExactly("01a", "02a", "0301a");
        assertThat(ModulePath.segments(List.of())).isEmpty();
    }

    @Property(tries = 300)
    void namesPutUnderDjlsKeysComeBack(
            @ForAll @Size(max = 120) @UniqueElements
                    List<
                                    @AlphaChars @NumericChars @CharRange(from = '_', to = '_')
                                    @StringLength(min = 1, max = 4) String>
                            names) {
        List<String> keys = new ArrayList<>();
        for (String name : names) {
            keys.add(String.format("%02d%s", keys.size() + 1, name));
        }
        assertThat(ModulePath.segments(keys)).isEqualTo(names);
    }

    @Property(tries = 300)
    void differentKeysGiveDifferentNames(
            @ForAll @Size(max = 30) @UniqueElements
                    List<
                                    @CharRange(from = '0', to = '3')
                                    @CharRange(from = 'a', to = 'a') @StringLength(max = 5) String>
                            keys) {
        assertThat(ModulePath.segments(keys)).hasSameSizeAs(keys).doesNotHaveDuplicates();
    }

    @Property(tries = 200)
    void parentAndLastNameJoinToThePath(
            @ForAll @IntRange(min = 1, max = 5) int size, @ForAll("word") String word) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            names.add(word + i);
        }
        String path = ModulePath.of(names);
        assertThat(ModulePath.join(ModulePath.parent(path), ModulePath.lastSegment(path)))
                .isEqualTo(path);
        assertThat(ModulePath.lastSegment(path)).isEqualTo(word + (size - 1));
        assertThat(ModulePath.startsWith(path, ModulePath.parent(path))).isTrue();
        assertThat(ModulePath.endsWith(path, ModulePath.lastSegment(path))).isTrue();
    }

    @Provide
    Arbitrary<String> word() {
        return Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(6);
    }

    @Test
    void partsOfPaths() {
        assertThat(ModulePath.of(List.of("a", "b"))).isEqualTo("a.b");
        assertThat(ModulePath.of(List.of())).isEmpty();
        assertThat(ModulePath.join("", "a")).isEqualTo("a");
        assertThat(ModulePath.join("a", "")).isEqualTo("a");
        assertThat(ModulePath.join("a", "b.c")).isEqualTo("a.b.c");
        assertThat(ModulePath.parent("a.b.c")).isEqualTo("a.b");
        assertThat(ModulePath.parent("a")).isEmpty();
        assertThat(ModulePath.parent("")).isEmpty();
        assertThat(ModulePath.lastSegment("a.b.c")).isEqualTo("c");
        assertThat(ModulePath.lastSegment("a")).isEqualTo("a");
    }

    @Test
    void prefixesAndEndingsStopAtDots() {
        assertThat(ModulePath.startsWith("a.b", "a")).isTrue();
        assertThat(ModulePath.startsWith("a.b", "a.b")).isTrue();
        assertThat(ModulePath.startsWith("a.b", "")).isTrue();
        assertThat(ModulePath.startsWith("ab", "a")).isFalse();
        assertThat(ModulePath.startsWith("a", "a.b")).isFalse();
        assertThat(ModulePath.endsWith("a.lin", "lin")).isTrue();
        assertThat(ModulePath.endsWith("lin", "lin")).isTrue();
        assertThat(ModulePath.endsWith("a.mylin", "lin")).isFalse();
        assertThat(ModulePath.endsWith("a.lin", "b")).isFalse();
    }
}
