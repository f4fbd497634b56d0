/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.part;
import static org.lora4j.text.tokenizer.rules.Components.byteLevel;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a BPE model on bytes or on words. */
public final class BpeRules {
    private static final String QWEN2 =
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                    + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN3_5 =
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|"
                    + " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String CLIP =
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|"
                    + "[^\\s\\p{L}\\p{N}]+";

    private BpeRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        rules.put("GPT2Tokenizer", gpt2());
        rules.put(
                "CodeGenTokenizer",
                gpt2().components(
                                build -> {
                                    gpt2(build, false);
                                    JsonObject post = byteLevel(true, true);
                                    post.addProperty("trim_offsets", false);
                                    build.post(post);
                                }));
        rules.put("RobertaTokenizer", roberta());
        rules.put("BlenderbotTokenizer", blenderbot());
        rules.put("DebertaTokenizer", deberta());
        rules.put("GPTNeoXTokenizer", neoX());
        rules.put("CohereTokenizer", cohere());
        rules.put("Qwen2Tokenizer", qwen(QWEN2).afterwards(BpeRules::markSpecial));
        rules.put("Qwen3_5Tokenizer", qwen(QWEN3_5));
        rules.put("CLIPTokenizer", clip());
        rules.put("HerbertTokenizer", herbert());
        rules.put("OpenAIGPTTokenizer", openAi());
    }

    private static void bytes(ClassBuild build) throws TokenizerFormatException {
        build.model("BPE", Components.bpe(null, "", false, false), false);
        build.decoder(byteLevel(true, true));
    }

    private static void gpt2(ClassBuild build, boolean prefixSpace)
            throws TokenizerFormatException {
        bytes(build);
        build.preTokenizer(byteLevel(build.flag("add_prefix_space", prefixSpace), true));
    }

    private static ClassRules gpt2() {
        return new ClassRules()
                .tokens(
                        "unk_token", "<|endoftext|>",
                        "bos_token", "<|endoftext|>",
                        "eos_token", "<|endoftext|>",
                        "pad_token", "")
                .components(build -> gpt2(build, false));
    }

    private static ClassRules bartNames() {
        return new ClassRules()
                .tokens(
                        "bos_token", "<s>",
                        "eos_token", "</s>",
                        "sep_token", "</s>",
                        "cls_token", "<s>",
                        "unk_token", "<unk>",
                        "pad_token", "<pad>",
                        "mask_token", "<mask>");
    }

    private static ClassRules roberta() {
        return bartNames()
                .components(build -> gpt2(build, false))
                .afterwards(
                        build ->
                                build.post(
                                        Components.roberta(
                                                build.text("sep_token"),
                                                build.idOfText(build.required("sep_token")),
                                                build.text("cls_token"),
                                                build.idOfText(build.required("cls_token")),
                                                build.flag("trim_offsets", true),
                                                build.flag("add_prefix_space", false))));
    }

    private static ClassRules blenderbot() {
        ClassRules rules = bartNames();
        AddedToken mask = new AddedToken("<mask>", false, true, false, false, false);
        return rules.token("mask_token", mask).components(build -> gpt2(build, true));
    }

    private static ClassRules deberta() {
        return new ClassRules()
                .tokens(
                        "bos_token", "[CLS]",
                        "eos_token", "[SEP]",
                        "sep_token", "[SEP]",
                        "cls_token", "[CLS]",
                        "unk_token", "[UNK]",
                        "pad_token", "[PAD]",
                        "mask_token", "[MASK]")
                .components(build -> gpt2(build, false))
                .afterwards(
                        build ->
                                build.post(
                                        Components.template(
                                                "cls_token $A sep_token",
                                                "cls_token $A sep_token sep_token $B sep_token",
                                                build)));
    }

    private static ClassRules neoX() {
        return new ClassRules()
                .tokens(
                        "unk_token", "<|endoftext|>",
                        "bos_token", "<|endoftext|>",
                        "eos_token", "<|endoftext|>",
                        "pad_token", "<|padding|>")
                .updatesPost()
                .components(
                        build -> {
                            bytes(build);
                            build.normalizer(part("NFC"));
                            JsonObject split =
                                    byteLevel(build.flag("add_prefix_space", false), true);
                            split.addProperty("trim_offsets", build.flag("trim_offsets", true));
                            build.preTokenizer(split);
                        });
    }

    private static ClassRules cohere() {
        return new ClassRules()
                .tokens(
                        "unk_token", "<UNK>",
                        "bos_token", "<BOS_TOKEN>",
                        "eos_token", "<|END_OF_TURN_TOKEN|>",
                        "pad_token", "<PAD>",
                        "cls_token", "<CLS>",
                        "sep_token", "<SEP>",
                        "mask_token", "<MASK_TOKEN>")
                .components(
                        build -> {
                            boolean prefixSpace = build.flag("add_prefix_space", false);
                            bytes(build);
                            build.normalizer(part("NFC"));
                            JsonObject digits = part("Digits");
                            digits.addProperty("individual_digits", true);
                            build.preTokenizer(
                                    Components.preTokenizers(digits, byteLevel(prefixSpace, true)));
                            build.decoder(byteLevel(prefixSpace, true));
                        })
                .afterwards(BpeRules::initialiseAgain);
    }

    /** transformers' {@code _post_init}: every special token is added once more as special. */
    static void initialiseAgain(ClassBuild build) throws TokenizerFormatException {
        List<AddedToken> special = new ArrayList<>(build.named().values());
        special.addAll(build.extras());
        build.add(special.stream().map(AddedToken::asSpecial).toList());
        if (!build.hasPostOfFile()) {
            build.post(Components.textsAlone(build));
        }
    }

    private static void markSpecial(ClassBuild build) throws TokenizerFormatException {
        List<AddedToken> special = new ArrayList<>();
        build.named().values().forEach(token -> special.add(plain(token)));
        build.extras().forEach(token -> special.add(plain(token)));
        build.add(special);
    }

    private static AddedToken plain(AddedToken token) {
        return AddedToken.of(token.content(), true);
    }

    private static ClassRules qwen(String pattern) {
        return new ClassRules()
                .tokens(
                        "unk_token", "<|endoftext|>",
                        "bos_token", "",
                        "eos_token", "<|endoftext|>",
                        "pad_token", "<|endoftext|>")
                .components(
                        build -> {
                            bytes(build);
                            build.normalizer(part("NFC"));
                            build.preTokenizer(
                                    Components.preTokenizers(
                                            Components.split("Regex", pattern, "Isolated", false),
                                            byteLevel(
                                                    build.flag("add_prefix_space", false), false)));
                        });
    }

    private static ClassRules clip() {
        return new ClassRules()
                .tokens(
                        "unk_token", "<|endoftext|>",
                        "bos_token", "<|startoftext|>",
                        "eos_token", "<|endoftext|>",
                        "pad_token", "<|endoftext|>")
                .components(
                        build -> {
                            build.model(
                                    "BPE",
                                    Components.bpe(
                                            build.text("unk_token"), "", "</w>", false, false),
                                    false);
                            build.normalizer(
                                    Components.normalizers(
                                            List.of(
                                                    part("NFC"),
                                                    Components.replace("Regex", "\\s+", " "),
                                                    part("Lowercase"))));
                            build.preTokenizer(
                                    Components.preTokenizers(
                                            Components.split("Regex", CLIP, "Removed", true),
                                            byteLevel(false, true)));
                            build.decoder(byteLevel(true, true));
                        })
                .afterwards(
                        build ->
                                build.post(
                                        Components.roberta(
                                                build.text("eos_token"),
                                                build.idOfText(build.required("eos_token")),
                                                build.text("bos_token"),
                                                build.idOfText(build.required("bos_token")),
                                                false,
                                                false)));
    }

    private static ClassRules herbert() {
        return new ClassRules()
                .tokens(
                        "cls_token", "<s>",
                        "unk_token", "<unk>",
                        "pad_token", "<pad>",
                        "mask_token", "<mask>",
                        "sep_token", "</s>")
                .components(
                        build -> {
                            build.model(
                                    "BPE",
                                    Components.bpe(
                                            build.text("unk_token"), null, "</w>", false, false),
                                    false);
                            build.normalizer(Components.bertNormalizer(true, true, false, false));
                            build.preTokenizer(part("BertPreTokenizer"));
                            build.decoder(Components.suffixDecoder("</w>"));
                        })
                .afterwards(
                        build ->
                                build.post(
                                        Components.bert(
                                                build.text("sep_token"),
                                                2,
                                                build.text("cls_token"),
                                                0)));
    }

    private static ClassRules openAi() {
        return new ClassRules()
                .tokens("unk_token", "<unk>")
                .components(
                        build -> {
                            build.model(
                                    "BPE",
                                    Components.bpe(
                                            build.text("unk_token"), "", "</w>", false, false),
                                    false);
                            build.normalizer(Components.bertNormalizer(true, true, null, true));
                            build.preTokenizer(part("BertPreTokenizer"));
                            build.decoder(Components.suffixDecoder("</w>"));
                        });
    }
}
