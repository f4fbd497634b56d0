/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.part;

import java.util.List;
import java.util.Map;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a WordPiece model. */
public final class WordPieceRules {
    private static final AddedToken QUESTION = AddedToken.of("[QUESTION]", true);

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
        rules.put("FunnelTokenizer", funnel());
        rules.put("SplinterTokenizer", splinter());
    }

    private static void components(ClassBuild build, boolean clean, boolean lowercase)
            throws TokenizerFormatException {
        build.model("WordPiece", Components.wordPiece(build.text("unk_token")), false);
        build.normalizer(
                Components.bertNormalizer(
                        clean,
                        build.flag("tokenize_chinese_chars", true),
                        build.flagOrNull("strip_accents"),
                        lowercase));
        build.preTokenizer(part("BertPreTokenizer"));
        build.decoder(Components.wordPieceDecoder("##"));
    }

    private static ClassRules bertNames() {
        return new ClassRules()
                .tokens(
                        "unk_token", "[UNK]",
                        "sep_token", "[SEP]",
                        "pad_token", "[PAD]",
                        "cls_token", "[CLS]",
                        "mask_token", "[MASK]");
    }

    private static ClassRules bert(boolean readsLowercase) {
        return bertNames()
                .components(
                        build ->
                                components(
                                        build,
                                        true,
                                        !readsLowercase || build.flag("do_lower_case", true)))
                .afterwards(
                        build ->
                                build.post(
                                        Components.template(
                                                "cls_token $A sep_token",
                                                "cls_token $A sep_token $B:1 sep_token:1",
                                                build)));
    }

    private static ClassRules mpnet() {
        AddedToken mask = new AddedToken("<mask>", false, true, false, true, false);
        return new ClassRules()
                .token("bos_token", AddedToken.of("<s>", false))
                .token("eos_token", AddedToken.of("</s>", false))
                .token("sep_token", AddedToken.of("</s>", false))
                .token("cls_token", AddedToken.of("<s>", false))
                .token("unk_token", AddedToken.of("[UNK]", false))
                .token("pad_token", AddedToken.of("<pad>", false))
                .token("mask_token", mask)
                .components(build -> components(build, true, build.flag("do_lower_case", true)))
                .afterwards(
                        build ->
                                build.post(
                                        Components.roberta(
                                                build.text("sep_token"),
                                                build.id("sep_token", 2),
                                                build.text("cls_token"),
                                                build.id("cls_token", 0),
                                                true,
                                                false)));
    }

    private static ClassRules funnel() {
        return new ClassRules()
                .tokens(
                        "unk_token", "<unk>",
                        "sep_token", "<sep>",
                        "pad_token", "<pad>",
                        "cls_token", "<cls>",
                        "mask_token", "<mask>",
                        "bos_token", "<s>",
                        "eos_token", "</s>")
                .components(
                        build -> {
                            components(
                                    build,
                                    build.flag("clean_text", true),
                                    build.flag("do_lower_case", true));
                            String prefix = build.setting("wordpieces_prefix");
                            build.decoder(
                                    Components.wordPieceDecoder(prefix == null ? "##" : prefix));
                        })
                .afterwards(
                        build ->
                                build.post(
                                        Components.template(
                                                "cls_token:2 $A sep_token",
                                                "cls_token:2 $A sep_token $B:1 sep_token:1",
                                                build)));
    }

    private static ClassRules splinter() {
        return bertNames()
                .token("question_token", QUESTION)
                .components(build -> components(build, true, build.flag("do_lower_case", true)))
                .afterwards(
                        build -> {
                            boolean left = "left".equals(build.setting("padding_side"));
                            String question = "question_token .=.";
                            build.post(
                                    Components.template(
                                            "cls_token $A sep_token",
                                            left
                                                    ? "cls_token $A sep_token $B:1 "
                                                            + question
                                                            + " sep_token:1"
                                                    : "cls_token $A "
                                                            + question
                                                            + " sep_token $B:1 sep_token:1",
                                            build));
                        });
    }
}
