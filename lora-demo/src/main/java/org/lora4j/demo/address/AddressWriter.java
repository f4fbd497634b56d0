/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes fields as an address: chooses their order, separators, noise and full width. */
final class AddressWriter {
    private static final String[] BEFORE = {
        "地址：", "地址:", "住址：", "地址 ", "收件地址：", "通訊地址:", "寄送地址 ", "送貨地址：", "台灣", "臺灣", "台灣省", "臺灣省",
        "中華民國", "中華民國台灣 ", "Taiwan ", "TW ", "寄到", "送到", "我家在", "住在", "請寄：", "* ", "- ", "戶籍地址："
    };
    private static final String[] AFTER =
            ("收| 收|。|！|（請按門鈴）|(請按電鈴)| 謝謝|，謝謝|（近捷運站）|(近火車站)|，管理室代收| 管理員代收|(公司)|"
                            + "（住家）|附近|旁邊|對面| 轉交|...|；|～| (白天在家)|（電梯大廈）| Taiwan|, R.O.C.")
                    .split("[|]");

    private static final String[] SPACES = {" ", " ", "\u3000", "  "};
    private static final String[] SIGNS = {
        ",", "，", "、", ", ", "，", "/", " / ", "|", ";", "；", ".", " - ", "\t"
    };

    private final Chance chance;

    AddressWriter(Chance chance) {
        this.chance = chance;
    }

    private record Part(String key, String text, boolean joined) {}

    /** Returns a text that has the fields' values, apart from noise and width. */
    String write(Map<String, String> fields) {
        List<Part> parts = order(fields);
        double spread = chance.rarely(0.03) ? 0.15 : 0;
        String usual = chance.in(0.25) ? separator() : "";
        double usually = chance.in(0.5) ? 1 : 0.4;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (i > 0) {
                boolean needed =
                        !part.joined() || Glue.needed(parts.get(i - 1).text(), part.text());
                String between = chance.in(usually) ? usual : "";
                text.append(needed && between.isEmpty() ? separator() : between);
            }
            String written = spread(part.text(), spread);
            text.append(wrapped(part.key()) ? inBrackets(written) : written);
        }
        String core = widened(text.toString());
        String before = chance.rarely(0.08) ? chance.any(BEFORE) : "";
        String after = chance.rarely(0.08) ? chance.any(AFTER) : "";
        return before + core + after;
    }

    private String separator() {
        return chance.in(0.6) ? chance.any(SPACES) : chance.any(SIGNS);
    }

    private boolean wrapped(String key) {
        return switch (key) {
            case "zip" -> chance.rarely(0.1);
            case "village", "floor" -> chance.rarely(0.02);
            default -> false;
        };
    }

    private String inBrackets(String text) {
        return switch (chance.from(0, 4)) {
            case 0 -> "(" + text + ")";
            case 1 -> "（" + text + "）";
            case 2 -> "[" + text + "]";
            case 3 -> "【" + text + "】";
            default -> " (" + text + ") ";
        };
    }

    /** Puts spaces between characters, never inside a number. */
    private String spread(String text, double share) {
        if (share == 0) {
            return text;
        }
        StringBuilder spread = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (i > 0
                    && !(Glue.numeric(text.charAt(i - 1)) && Glue.numeric(text.charAt(i)))
                    && chance.in(share)) {
                spread.append(chance.any(SPACES));
            }
            spread.append(text.charAt(i));
        }
        return spread.toString();
    }

    private String widened(String text) {
        double share = chance.in(0.25) ? 1 : chance.rarely(0.1) ? 0.5 : 0;
        if (share == 0) {
            return text;
        }
        StringBuilder wide = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean plain = (c < 0x80 && Character.isLetterOrDigit(c)) || c == '-';
            wide.append(plain && chance.in(share) ? (char) (c + 0xFEE0) : c);
        }
        return wide.toString();
    }

    /** Returns the parts in their order. A part that is not joined needs a separator before it. */
    private List<Part> order(Map<String, String> fields) {
        List<Part> zip = parts(fields, "zip");
        List<Part> area = parts(fields, "county", "district");
        List<Part> village = parts(fields, "village", "neighborhood");
        List<Part> street = parts(fields, "road", "section", "lane", "alley", "number");
        List<Part> floor = parts(fields, "floor");
        String number = fields.getOrDefault("number", "");
        List<List<Part>> blocks = new ArrayList<>(List.of(area, village, street));
        blocks.add(chance.rarely(0.1) ? 0 : 3, floor);
        boolean last = !number.isEmpty() && chance.rarely(0.2);
        blocks.add(last ? blocks.size() : 0, zip);
        List<Part> parts = new ArrayList<>();
        for (List<Part> block : blocks) {
            parts.addAll(block);
        }
        if (last && !zip.isEmpty()) {
            Part end = parts.get(parts.size() - 1);
            parts.set(parts.size() - 1, new Part(end.key(), end.text(), false));
        }
        return parts;
    }

    private static List<Part> parts(Map<String, String> fields, String... keys) {
        List<Part> parts = new ArrayList<>();
        for (String key : keys) {
            String text = fields.get(key);
            if (text != null) {
                parts.add(new Part(key, text, true));
            }
        }
        return parts;
    }
}
