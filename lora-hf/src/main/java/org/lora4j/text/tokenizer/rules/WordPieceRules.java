/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.json;
import static org.lora4j.text.tokenizer.json.JsonFields.part;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a WordPiece model. */
public final class WordPieceRules {
    private static final String SINGLE = "cls_token $A sep_token";
    private static final String PAIR = "cls_token $A sep_token $B:1 sep_token:1";

    private WordPieceRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        for (String name :
                List.of(
                        "BertTokenizer",
                        "DistilBertTokenizer",
                        "ConvBertTokenizer",
                        "DPRContextEncoderTokenizerFast",
                        "DPRQuestionEncoderTokenizerFast")) {
            rules.put(name, bert(true));
        }
        // Their own do_lower_case never reaches the normalizer.
        rules.put("DPRContextEncoderTokenizer", bert(false));
        rules.put("DPRQuestionEncoderTokenizer", bert(false));
        rules.put("MPNetTokenizer", mpnet());
        ClassRules.of(rules, "FunnelTokenizer")
                .tokens("unk=<unk> sep=<sep> pad=<pad> cls=<cls> mask=<mask>")
                .tokens("bos=<s> eos=</s>")
                .components(WordPieceRules::funnel)
                .template("cls_token:2 $A sep_token", "cls_token:2 $A sep_token $B:1 sep_token:1");
        rules.put(
                "SplinterTokenizer",
                bertTokens()
                        .token("question_token", AddedToken.of("[QUESTION]", true))
                        .components(build -> components(build, true, lowercase(build)))
                        .afterwards(WordPieceRules::splinterPost));
    }

    private static boolean lowercase(ClassBuild build) throws TokenizerFormatException {
        return build.flag("do_lower_case", true);
    }

    private static void components(ClassBuild build, boolean clean, boolean lowercase)
            throws TokenizerFormatException {
        build.model(
                "WordPiece",
                json(
                        "unk_token",
                        build.text("unk_token"),
                        "continuing_subword_prefix",
                        "##",
                        "max_input_chars_per_word",
                        100));
        boolean chinese = build.flag("tokenize_chinese_chars", true);
        build.normalizer(
                Components.bertNormalizer(
                        clean, chinese, build.flagOrNull("strip_accents"), lowercase));
        build.preTokenizer(part("BertPreTokenizer"));
        build.decoder(part("WordPiece", "prefix", "##", "cleanup", true));
    }

    private static ClassRules bertTokens() {
        return new ClassRules().tokens("unk=[UNK] sep=[SEP] pad=[PAD] cls=[CLS] mask=[MASK]");
    }

    private static ClassRules bert(boolean readsLowercase) {
        return bertTokens()
                .components(build -> components(build, true, !readsLowercase || lowercase(build)))
                .template(SINGLE, PAIR);
    }

    private static ClassRules mpnet() {
        AddedToken mask = new AddedToken("<mask>", false, true, false, true, false);
        return new ClassRules()
                .ordinary("bos=<s> eos=</s> sep=</s> cls=<s> unk=[UNK] pad=<pad>")
                .token("mask_token", mask)
                .components(build -> components(build, true, lowercase(build)))
                .afterwards(WordPieceRules::mpnetPost);
    }

    private static void mpnetPost(ClassBuild build) {
        List<?> sep = List.of(build.text("sep_token"), build.id("sep_token", 2));
        List<?> cls = List.of(build.text("cls_token"), build.id("cls_token", 0));
        build.post(Components.roberta(sep, cls, true, false));
    }

    private static void funnel(ClassBuild build) throws TokenizerFormatException {
        components(build, build.flag("clean_text", true), lowercase(build));
        String prefix = Objects.requireNonNullElse(build.setting("wordpieces_prefix"), "##");
        build.decoder(part("WordPiece", "prefix", prefix, "cleanup", true));
    }

    private static void splinterPost(ClassBuild build) throws TokenizerFormatException {
        boolean left = "left".equals(build.setting("padding_side"));
        String pair =
                left
                        ? "cls_token $A sep_token $B:1 question_token .=. sep_token:1"
                        : "cls_token $A question_token .=. sep_token $B:1 sep_token:1";
        build.post(Components.template(SINGLE, pair, build));
    }
}
