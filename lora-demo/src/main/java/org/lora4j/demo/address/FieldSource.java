/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws the fields of an address, as they are written in half width. */
final class FieldSource {
    private final Gazetteer gazetteer;
    private final Chance chance;
    private final Split split;
    private final List<String> stems;

    FieldSource(Gazetteer gazetteer, Chance chance, Split split) {
        this.gazetteer = gazetteer;
        this.chance = chance;
        this.split = split;
        this.stems = gazetteer.stems().stream().filter(this::isOfSplit).toList();
    }

    /** Returns the next fields. */
    Map<String, String> next() {
        Map<String, String> fields = new LinkedHashMap<>();
        if (chance.in(0.4)) {
            int digits = chance.any(List.of(3, 3, 3, 5, 5, 6));
            fields.put("zip", chance.digits(digits));
        }
        boolean rural = area(fields);
        boolean road = !chance.rarely(rural ? 0.2 : 0.04);
        if (!road || chance.in(0.25)) {
            fields.put(
                    "village", name(fields, false) + (chance.in(rural ? 0.8 : 0.05) ? "村" : "里"));
            if (chance.in(0.6)) {
                fields.put("neighborhood", chance.number(40, 0.06) + "鄰");
            }
        }
        if (road) {
            road(fields);
        }
        if (!chance.rarely(0.03)) {
            fields.put("number", number());
        }
        if (chance.in(0.5)) {
            fields.put("floor", floor());
        }
        return fields;
    }

    /** Adds a county and a district, and returns whether it is a township. */
    private boolean area(Map<String, String> fields) {
        boolean odd = chance.besides(0.06);
        List<String> row;
        String district;
        do {
            row = chance.any(gazetteer.counties());
            district = chance.any(row.subList(1, row.size()));
        } while (odd && !isKnownByHeart(district));
        String county = row.get(0);
        boolean common = chance.in(0.6);
        boolean hasDistrict = !chance.rarely(0.1);
        if (!hasDistrict || !chance.rarely(0.13)) {
            String written = chance.rarely(0.15) ? county.substring(0, 2) : county;
            fields.put("county", common ? written.replace('臺', '台') : written);
        }
        if (hasDistrict) {
            fields.put("district", common ? district.replace('臺', '台') : district);
        }
        return district.endsWith("鄉");
    }

    /**
     * Returns whether a district must be known by heart: a city, or one with an ending inside, such
     * as 新市區.
     */
    private static boolean isKnownByHeart(String district) {
        return district.endsWith("市")
                || Glue.hasSuffix(district.substring(0, district.length() - 1));
    }

    /** Returns a name of this split, known or invented; the splits share none. */
    private String name(Map<String, String> fields, boolean longer) {
        String place = fields.getOrDefault("district", fields.getOrDefault("county", ""));
        if (place.length() > 2 && chance.besides(0.02)) {
            // 屏東市屏東街: a copy goes astray where the same characters stand twice
            String again = place.substring(0, 2);
            if (isOfSplit(again)) {
                return again;
            }
        }
        if (chance.in(0.45)) {
            return chance.any(stems);
        }
        while (true) {
            StringBuilder name = new StringBuilder();
            int length = longer && chance.rarely(0.06) ? 3 : 2;
            for (int i = 0; i < length; i++) {
                name.append(chance.any(gazetteer.characters()));
            }
            String text = name.toString();
            if (isOfSplit(text)) {
                return text;
            }
        }
    }

    private boolean isOfSplit(String name) {
        return Split.of(name) == split && !Glue.hasSuffix(name);
    }

    private void road(Map<String, String> fields) {
        String name = name(fields, true);
        if (name.length() == 2 && chance.in(0.25)) {
            name += chance.any("東", "西", "南", "北", "中", "一", "二", "三", "四", "五", "六", "七", "新");
        }
        int kind = chance.from(0, 99);
        fields.put("road", name + (chance.rarely(0.04) ? "大道" : kind < 77 ? "路" : "街"));
        if (chance.in(kind < 77 ? 0.4 : 0.1)) {
            int n = chance.small(9);
            fields.put("section", (chance.in(0.6) ? Chance.chinese(n) : Integer.toString(n)) + "段");
        }
        if (chance.in(0.4)) {
            fields.put("lane", chance.number(chance.in(0.1) ? 1500 : 600, 0.04) + "巷");
            if (chance.in(0.4)) {
                fields.put("alley", chance.number(150, 0.04) + "弄");
            }
        } else if (chance.rarely(0.03)) {
            fields.put("alley", chance.number(150, 0.04) + "弄");
        }
    }

    private String number() {
        String number = chance.number(chance.in(0.1) ? 2500 : 500, 0.04);
        int kind = chance.from(0, 99);
        String further = chance.number(30, 0.04);
        if (kind < 74) {
            return (chance.rarely(0.01) ? "臨" : "") + number + "號";
        }
        if (kind < 83) {
            return number + "之" + further + "號";
        }
        if (kind < 92) {
            return number + "-" + further + "號";
        }
        return number + "號之" + further;
    }

    private String floor() {
        String level = chance.number(30, 0.25);
        if (chance.rarely(0.08)) {
            int n = chance.from(1, 6);
            return chance.any(
                    "B" + n,
                    "B" + n + "F",
                    "b" + n,
                    "地下" + n + "樓",
                    "地下" + Chance.chinese(n) + "樓",
                    "地下室",
                    "頂樓",
                    "B" + n + "樓");
        }
        String floor =
                Character.isDigit(level.charAt(0)) && chance.in(0.3)
                        ? level + chance.any("F", "F", "f")
                        : level + "樓";
        if (chance.rarely(0.2)) {
            floor += chance.any("之", "之", "-") + chance.number(20, 0.04);
        }
        return floor;
    }
}
