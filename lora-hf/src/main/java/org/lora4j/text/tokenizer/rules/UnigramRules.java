/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.part;
import static org.lora4j.text.tokenizer.rules.Components.metaspace;
import static org.lora4j.text.tokenizer.rules.Components.replace;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.JsonFields;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a Unigram model. */
public final class UnigramRules {
    static final String BLANKS = "\\s{2,}|[\\n\\r\\t]";
    private static final String ROBERTA_TOKENS =
            "bos=<s> eos=</s> sep=</s> cls=<s> unk=<unk> pad=<pad>";
    private static final String SINGLE = "bos_token $A eos_token";
    private static final String PAIR = "bos_token $A eos_token eos_token $B eos_token";

    private UnigramRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        AddedToken mask = new AddedToken("<mask>", false, true, false, true, false);
        ClassRules.of(rules, "XLMRobertaTokenizer")
                .tokens(ROBERTA_TOKENS)
                .tokens("mask=<mask>")
                .components(UnigramRules::xlmRoberta)
                .template(SINGLE, PAIR);
        ClassRules.of(rules, "CamembertTokenizer")
                .tokens(ROBERTA_TOKENS)
                .token("mask_token", new AddedToken("<mask>", false, true, false, false, true))
                .extras("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED")
                .components(UnigramRules::camembert)
                .template(SINGLE, PAIR);
        ClassRules.of(rules, "BarthezTokenizer")
                .tokens(ROBERTA_TOKENS)
                .token("mask_token", mask)
                .components(UnigramRules::barthez);
        rules.put(
                "T5Tokenizer",
                t5().template("$A </s>=eos_token", "$A </s>=eos_token $B </s>=eos_token"));
        rules.put("VideoPrismTokenizer", t5());
        ClassRules.of(rules, "PegasusTokenizer")
                .tokens("pad=<pad> eos=</s> unk=<unk> mask=<mask_2>")
                .extras(UnigramRules::pegasusExtras)
                .components(UnigramRules::pegasus)
                .template("$A eos_token", "$A $B eos_token");
        ClassRules.of(rules, "XGLMTokenizer")
                .tokens(ROBERTA_TOKENS)
                .extras(UnigramRules::madeUpWords)
                .components(UnigramRules::xglm)
                .template("eos_token $A", "eos_token $A eos_token eos_token $B");
        ClassRules.of(rules, "XLNetTokenizer")
                .tokens("bos=<s> eos=</s> unk=<unk> sep=<sep> pad=<pad> cls=<cls>")
                .token("mask_token", mask)
                .extras("<eop>", "<eod>")
                .components(UnigramRules::xlnet)
                .template("$A sep_token cls_token:2", "$A sep_token $B:1 sep_token:1 cls_token:2");
    }

    static void model(ClassBuild build, int unknown) throws TokenizerFormatException {
        build.model("Unigram", JsonFields.json("unk_id", unknown, "byte_fallback", false));
        int size = build.vocabulary().size();
        if (unknown < 0 || unknown >= size) {
            throw new TokenizerFormatException(
                    "its class takes the piece with id %s for unknown text, but the vocabulary has"
                            + " only %s",
                    unknown, size);
        }
    }

    static String scheme(ClassBuild build, String otherwise) throws TokenizerFormatException {
        return build.flag("add_prefix_space", true) ? "always" : otherwise;
    }

    static void words(ClassBuild build, String scheme) {
        build.preTokenizers(part("WhitespaceSplit"), metaspace(scheme, true));
        build.decoder(metaspace(scheme, true));
    }

    static void spaces(ClassBuild build, String scheme) {
        build.preTokenizer(metaspace(scheme, true));
        build.decoder(metaspace(scheme, true));
    }

    private static void charsmapAlone(ClassBuild build) {
        JsonObject charsmap = build.charsmap();
        if (charsmap != null) {
            build.normalizer(charsmap);
        }
    }

    private static boolean has(List<AddedToken> tokens, String text) {
        return tokens.stream().anyMatch(token -> token.content().equals(text));
    }

    private static void xlmRoberta(ClassBuild build) throws TokenizerFormatException {
        model(build, 3);
        charsmapAlone(build);
        words(build, scheme(build, "never"));
    }

    private static void camembert(ClassBuild build) throws TokenizerFormatException {
        model(build, Math.max(0, build.vocabulary().indexOf(build.text("unk_token"))));
        charsmapAlone(build);
        words(build, scheme(build, "never"));
    }

    private static void barthez(ClassBuild build) throws TokenizerFormatException {
        model(build, 3);
        build.normalizers(
                replace("Regex", BLANKS, " "), part("NFC"), Components.strip(false, true));
        spaces(build, scheme(build, "never"));
    }

    private static ClassRules t5() {
        return new ClassRules()
                .tokens("eos=</s> unk=<unk> pad=<pad>")
                .extras(UnigramRules::sentinels)
                .components(
                        build -> {
                            model(build, 2);
                            charsmapAlone(build);
                            words(build, "always");
                        });
    }

    private static List<AddedToken> sentinels(ClassBuild build) throws TokenizerFormatException {
        int count = build.count("extra_ids", 100);
        List<AddedToken> tokens = new ArrayList<>(build.additional(List.of()));
        if (tokens.stream().noneMatch(token -> token.content().contains("<extra_id_"))) {
            for (int i = 0; i < count; i++) {
                tokens.add(AddedToken.of("<extra_id_" + i + ">", true));
            }
        }
        return tokens;
    }

    private static List<AddedToken> pegasusExtras(ClassBuild build)
            throws TokenizerFormatException {
        String sentence = build.setting("mask_token_sent");
        String mask = sentence == null ? "<mask_1>" : sentence;
        return Stream.concat(
                        has(build.additional(List.of()), mask) ? Stream.of() : Stream.of(mask),
                        IntStream.range(2, build.count("offset", 103))
                                .mapToObj(i -> "<unk_" + i + ">"))
                .map(text -> AddedToken.of(text, true))
                .toList();
    }

    private static void pegasus(ClassBuild build) throws TokenizerFormatException {
        model(build, build.vocabulary().indexOfUnscored(build.text("unk_token"), 1));
        JsonObject charsmap = build.charsmap();
        build.normalizers(
                charsmap == null ? replace("Regex", "\\n", " ") : charsmap,
                replace("Regex", " {2,}", " "));
        spaces(build, "always");
    }

    private static List<AddedToken> madeUpWords(ClassBuild build) throws TokenizerFormatException {
        List<AddedToken> tokens = new ArrayList<>(build.additional(List.of()));
        for (int i = 0; i < 7; i++) {
            String word = "<madeupword" + i + ">";
            if (!has(tokens, word)) {
                tokens.add(AddedToken.of(word, true));
            }
        }
        return tokens;
    }

    private static void xglm(ClassBuild build) throws TokenizerFormatException {
        model(build, 3);
        build.normalizers(build.charsmap(), replace("Regex", " {2,}", " "));
        spaces(build, scheme(build, "never"));
    }

    private static void xlnet(ClassBuild build) throws TokenizerFormatException {
        model(build, build.count("unk_id", 0));
        boolean lowercase = build.flag("do_lower_case", false);
        UnigramBertRules.normalizeQuotes(build, false, false, lowercase);
        words(build, "always");
    }
}
