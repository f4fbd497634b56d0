/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AddressGeneratorTest {
    private static final int MANY = 4000;

    private static List<Address> many(Split split) {
        return new AddressGenerator(7, split).take(MANY);
    }

    /** What the text has when width, spaces, signs and brackets are taken away. */
    private static String bare(String text) {
        StringBuilder bare = new StringBuilder();
        for (char c : text.toCharArray()) {
            char narrow = c > 0xFF00 && c < 0xFF5F ? (char) (c - 0xFEE0) : c;
            if (Character.isLetterOrDigit(narrow) || narrow == '-') {
                bare.append(narrow);
            }
        }
        return bare.toString();
    }

    @Test
    void everyFieldStandsInTheText() {
        for (Address address : many(Split.TRAINING)) {
            String bare = bare(address.text());
            assertThat(address.fields().values()).allSatisfy(v -> assertThat(bare).contains(v));
            assertThat(Address.KEYS).containsSubsequence(address.fields().keySet());
        }
    }

    @Test
    void theSameSeedGivesTheSameAddresses() {
        assertThat(many(Split.TEST)).isEqualTo(many(Split.TEST));
        assertThat(new AddressGenerator(8, Split.TEST).take(50))
                .isNotEqualTo(new AddressGenerator(7, Split.TEST).take(50));
    }

    @Test
    void trainingAndTestShareNoRoadAndNoCombination() {
        for (String name : List.of("road", "village")) {
            Set<String> shared = values(many(Split.TRAINING), name);
            assertThat(shared).hasSizeGreaterThan(500);
            shared.retainAll(values(many(Split.TEST), name));
            assertThat(shared).isEmpty();
        }
        Set<String> combinations = combinations(many(Split.TRAINING));
        assertThat(combinations).hasSizeGreaterThan(MANY / 2);
        combinations.retainAll(combinations(many(Split.TEST)));
        assertThat(combinations).isEmpty();
    }

    /** The control: two seeds of one split do share them. */
    @Test
    void oneSplitSharesRoadsAmongSeeds() {
        Set<String> shared = values(many(Split.TEST), "road");
        shared.retainAll(values(new AddressGenerator(8, Split.TEST).take(MANY), "road"));
        assertThat(shared).isNotEmpty();
    }

    private static Set<String> values(List<Address> addresses, String key) {
        return addresses.stream()
                .filter(a -> a.fields().containsKey(key))
                .map(a -> String.valueOf(a.fields().get(key)))
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static Set<String> combinations(List<Address> addresses) {
        return addresses.stream()
                .map(a -> AddressGenerator.combination(a.fields()))
                .collect(Collectors.toCollection(HashSet::new));
    }

    @Test
    void allFieldsAndFormsOccur() {
        List<Address> addresses = many(Split.TRAINING);
        Set<String> keys = new TreeSet<>();
        addresses.forEach(a -> keys.addAll(a.fields().keySet()));
        assertThat(keys).containsExactlyInAnyOrderElementsOf(Address.KEYS);
        String all = addresses.stream().map(Address::text).collect(Collectors.joining("\n"));
        assertThat(all)
                .contains(
                        "台北", "臺北", "之", "樓", "F", "地下", "段", "巷", "弄", "鄰", "村", "里", "１",
                        "\u3000");
    }

    @Test
    void theGazetteerHasEveryCountyAndDistrict() {
        Gazetteer gazetteer = Gazetteer.load();
        assertThat(gazetteer.counties()).hasSize(22);
        assertThat(gazetteer.counties().stream().mapToInt(c -> c.size() - 1).sum()).isEqualTo(368);
    }

    @Test
    void numeralsAreWrittenAsPeopleDo() {
        assertThat(List.of(1, 10, 12, 20, 35, 100, 105, 110, 240))
                .map(Chance::chinese)
                .containsExactly("一", "十", "十二", "二十", "三十五", "一百", "一百零五", "一百一十", "二百四十");
    }
}
