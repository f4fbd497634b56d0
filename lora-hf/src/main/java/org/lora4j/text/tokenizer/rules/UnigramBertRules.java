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

import java.util.List;
import java.util.Map;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a Unigram model between BERT's special tokens. */
public final class UnigramBertRules {
    private static final String SINGLE = "cls_token $A sep_token";
    private static final String PAIR = "cls_token $A sep_token $B:1 sep_token:1";

    private UnigramBertRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        for (String name : List.of("AlbertTokenizer", "FNetTokenizer")) {
            rules.put(name, bertTokens("<unk>", "<pad>").components(UnigramBertRules::albert));
        }
        rules.put("BigBirdTokenizer", bigBird());
        rules.put(
                "DebertaV2Tokenizer",
                bertTokens("[UNK]", "[PAD]")
                        .components(UnigramBertRules::debertaV2)
                        .template(SINGLE, PAIR));
        rules.put(
                "RemBertTokenizer",
                bertTokens("<unk>", "<pad>")
                        .components(UnigramBertRules::remBert)
                        .afterwards(UnigramBertRules::remBertAfterwards));
    }

    private static ClassRules bertTokens(String unknown, String padding) {
        return new ClassRules()
                .tokens("bos=[CLS] eos=[SEP] unk=%s sep=[SEP]".formatted(unknown))
                .tokens("pad=%s cls=[CLS] mask=[MASK]".formatted(padding));
    }

    /** Normalizes quotes of LaTeX, accents and capitals, then by the charsmap. */
    static void normalizeQuotes(
            ClassBuild build, boolean oneSpace, boolean keepsAccents, boolean lowercase) {
        build.normalizers(
                replace("String", "``", "\""),
                replace("String", "''", "\""),
                oneSpace ? replace("Regex", " {2,}", " ") : null,
                keepsAccents ? null : part("NFKD"),
                keepsAccents ? null : part("StripAccents"),
                lowercase ? part("Lowercase") : null,
                build.charsmap());
    }

    private static void albert(ClassBuild build) throws TokenizerFormatException {
        model(build, 1);
        boolean keepsAccents = build.flag("keep_accents", false);
        normalizeQuotes(build, false, keepsAccents, build.flag("do_lower_case", true));
        words(build, scheme(build, "never"));
        build.post(
                Components.template(
                        "[CLS]=cls_token $A [SEP]=sep_token",
                        "[CLS]=cls_token $A [SEP]=sep_token $B:1 [SEP]=sep_token:1",
                        build));
    }

    private static ClassRules bigBird() {
        AddedToken mask = new AddedToken("[MASK]", false, true, false, true, false);
        return new ClassRules()
                .ordinary("unk=<unk> bos=<s> eos=</s> pad=<pad> sep=[SEP]")
                .token("mask_token", mask)
                .ordinary("cls=[CLS]")
                .components(
                        build -> {
                            int unknown = indexOfUnknown(build);
                            model(build, unknown < 0 ? 100 : unknown);
                            build.normalizers(
                                    Components.strip(false, false),
                                    replace("Regex", " {2,}", Components.SPACE));
                            spaces(build, scheme(build, "never"));
                        })
                .template(SINGLE, PAIR);
    }

    private static int indexOfUnknown(ClassBuild build) {
        return build.vocabulary().indexOfUnscored(build.text("unk_token"), 0);
    }

    private static void debertaV2(ClassBuild build) throws TokenizerFormatException {
        int unknown = indexOfUnknown(build);
        model(build, unknown < 0 ? build.count("unk_id", 1) : unknown);
        build.normalizers(
                build.flag("do_lower_case", false) ? part("Lowercase") : null,
                replace("Regex", UnigramRules.BLANKS, " "),
                part("NFC"),
                Components.strip(false, true));
        String scheme = scheme(build, "first");
        boolean splits = build.flag("split_by_punct", false);
        build.preTokenizers(
                splits ? part("Punctuation", "behavior", "Isolated") : null,
                metaspace(scheme, true));
        build.decoder(metaspace(scheme, true));
    }

    private static void remBert(ClassBuild build) throws TokenizerFormatException {
        model(build, 2);
        boolean keepsAccents = build.flag("keep_accents", true);
        normalizeQuotes(build, true, keepsAccents, build.flag("do_lower_case", false));
        spaces(build, scheme(build, "never"));
    }

    private static void remBertAfterwards(ClassBuild build) throws TokenizerFormatException {
        build.post(Components.template(SINGLE, PAIR, build));
        BpeRules.initialiseAgain(build);
    }
}
