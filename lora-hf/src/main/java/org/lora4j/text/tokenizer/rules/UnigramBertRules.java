/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.part;
import static org.lora4j.text.tokenizer.rules.Components.metaspace;
import static org.lora4j.text.tokenizer.rules.Components.replace;
import static org.lora4j.text.tokenizer.rules.UnigramRules.model;
import static org.lora4j.text.tokenizer.rules.UnigramRules.scheme;
import static org.lora4j.text.tokenizer.rules.UnigramRules.spaces;
import static org.lora4j.text.tokenizer.rules.UnigramRules.words;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a Unigram model between BERT's special tokens. */
public final class UnigramBertRules {
    private UnigramBertRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        rules.put("AlbertTokenizer", albert());
        rules.put("FNetTokenizer", albert());
        rules.put("BigBirdTokenizer", bigBird());
        rules.put("DebertaV2Tokenizer", debertaV2());
        rules.put("RemBertTokenizer", remBert());
    }

    private static ClassRules bertNames(String unknown, String padding) {
        return new ClassRules()
                .tokens(
                        "bos_token", "[CLS]",
                        "eos_token", "[SEP]",
                        "unk_token", unknown,
                        "sep_token", "[SEP]",
                        "pad_token", padding,
                        "cls_token", "[CLS]",
                        "mask_token", "[MASK]");
    }

    private static void clsAndSep(ClassBuild build) throws TokenizerFormatException {
        build.post(
                Components.template(
                        "cls_token $A sep_token",
                        "cls_token $A sep_token $B:1 sep_token:1",
                        build));
    }

    /** Quotes of LaTeX, accents and capitals, then the charsmap. */
    static List<JsonObject> quotes(
            ClassBuild build, boolean oneSpace, boolean keepsAccents, boolean lowercase) {
        List<JsonObject> parts = new ArrayList<>();
        parts.add(replace("String", "``", "\""));
        parts.add(replace("String", "''", "\""));
        if (oneSpace) {
            parts.add(replace("Regex", " {2,}", " "));
        }
        if (!keepsAccents) {
            parts.add(part("NFKD"));
            parts.add(part("StripAccents"));
        }
        if (lowercase) {
            parts.add(part("Lowercase"));
        }
        JsonObject charsmap = build.charsmap();
        if (charsmap != null) {
            parts.add(charsmap);
        }
        return parts;
    }

    private static ClassRules albert() {
        return bertNames("<unk>", "<pad>")
                .components(
                        build -> {
                            model(build, 1);
                            build.normalizer(
                                    Components.normalizers(
                                            quotes(
                                                    build,
                                                    false,
                                                    build.flag("keep_accents", false),
                                                    build.flag("do_lower_case", true))));
                            words(build, scheme(build, "never"));
                            build.post(
                                    Components.template(
                                            "[CLS]=cls_token $A [SEP]=sep_token",
                                            "[CLS]=cls_token $A [SEP]=sep_token $B:1"
                                                    + " [SEP]=sep_token:1",
                                            build));
                        });
    }

    private static ClassRules bigBird() {
        AddedToken mask = new AddedToken("[MASK]", false, true, false, true, false);
        return new ClassRules()
                .token("unk_token", AddedToken.of("<unk>", false))
                .token("bos_token", AddedToken.of("<s>", false))
                .token("eos_token", AddedToken.of("</s>", false))
                .token("pad_token", AddedToken.of("<pad>", false))
                .token("sep_token", AddedToken.of("[SEP]", false))
                .token("mask_token", mask)
                .token("cls_token", AddedToken.of("[CLS]", false))
                .components(
                        build -> {
                            int unknown =
                                    build.vocabulary().indexOfUnscored(build.text("unk_token"), 0);
                            model(build, unknown < 0 ? 100 : unknown);
                            build.normalizer(
                                    Components.normalizers(
                                            List.of(
                                                    Components.strip(false, false),
                                                    replace("Regex", " {2,}", Components.SPACE))));
                            spaces(build, scheme(build, "never"));
                        })
                .afterwards(UnigramBertRules::clsAndSep);
    }

    private static ClassRules debertaV2() {
        return bertNames("[UNK]", "[PAD]")
                .components(
                        build -> {
                            int unknown =
                                    build.vocabulary().indexOfUnscored(build.text("unk_token"), 0);
                            model(build, unknown < 0 ? build.count("unk_id", 1) : unknown);
                            List<JsonObject> parts = new ArrayList<>();
                            if (build.flag("do_lower_case", false)) {
                                parts.add(part("Lowercase"));
                            }
                            parts.add(replace("Regex", UnigramRules.BLANKS, " "));
                            parts.add(part("NFC"));
                            parts.add(Components.strip(false, true));
                            build.normalizer(Components.normalizers(parts));
                            String scheme = scheme(build, "first");
                            JsonObject punctuation = part("Punctuation");
                            punctuation.addProperty("behavior", "Isolated");
                            build.preTokenizer(
                                    build.flag("split_by_punct", false)
                                            ? Components.preTokenizers(
                                                    punctuation, metaspace(scheme, true))
                                            : Components.preTokenizers(metaspace(scheme, true)));
                            build.decoder(metaspace(scheme, true));
                        })
                .afterwards(UnigramBertRules::clsAndSep);
    }

    private static ClassRules remBert() {
        return bertNames("<unk>", "<pad>")
                .components(
                        build -> {
                            model(build, 2);
                            build.normalizer(
                                    Components.normalizers(
                                            quotes(
                                                    build,
                                                    true,
                                                    build.flag("keep_accents", true),
                                                    build.flag("do_lower_case", false))));
                            spaces(build, scheme(build, "never"));
                        })
                .afterwards(
                        build -> {
                            clsAndSep(build);
                            BpeRules.initialiseAgain(build);
                        });
    }
}
