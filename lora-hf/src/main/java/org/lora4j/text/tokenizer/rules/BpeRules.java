/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.part;
import static org.lora4j.text.tokenizer.rules.Components.byteLevel;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
    private static final String GPT2_TOKENS =
            "unk=<|endoftext|> bos=<|endoftext|> eos=<|endoftext|> pad=";
    private static final String BART_TOKENS =
            "bos=<s> eos=</s> sep=</s> cls=<s> unk=<unk> pad=<pad> mask=<mask>";

    private BpeRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        ClassRules.of(rules, "GPT2Tokenizer")
                .tokens(GPT2_TOKENS)
                .components(build -> gpt2(build, false));
        ClassRules.of(rules, "CodeGenTokenizer").tokens(GPT2_TOKENS).components(BpeRules::codeGen);
        ClassRules.of(rules, "RobertaTokenizer")
                .tokens(BART_TOKENS)
                .components(build -> gpt2(build, false))
                .afterwards(BpeRules::robertaPost);
        ClassRules.of(rules, "BlenderbotTokenizer")
                .tokens(BART_TOKENS)
                .token("mask_token", new AddedToken("<mask>", false, true, false, false, false))
                .components(build -> gpt2(build, true));
        ClassRules.of(rules, "DebertaTokenizer")
                .tokens(
                        "bos=[CLS] eos=[SEP] sep=[SEP] cls=[CLS] unk=[UNK] pad=[PAD]"
                                + " mask=[MASK]")
                .components(build -> gpt2(build, false))
                .template(
                        "cls_token $A sep_token", "cls_token $A sep_token sep_token $B sep_token");
        ClassRules.of(rules, "GPTNeoXTokenizer")
                .tokens("unk=<|endoftext|> bos=<|endoftext|> eos=<|endoftext|>")
                .tokens("pad=<|padding|>")
                .updatesPost()
                .components(BpeRules::neoX);
        ClassRules.of(rules, "CohereTokenizer")
                .tokens("unk=<UNK> bos=<BOS_TOKEN> eos=<|END_OF_TURN_TOKEN|> pad=<PAD>")
                .tokens("cls=<CLS> sep=<SEP> mask=<MASK_TOKEN>")
                .components(BpeRules::cohere)
                .afterwards(BpeRules::initialiseAgain);
        rules.put("Qwen2Tokenizer", qwen(QWEN2).afterwards(BpeRules::markSpecial));
        rules.put("Qwen3_5Tokenizer", qwen(QWEN3_5));
        ClassRules.of(rules, "CLIPTokenizer")
                .tokens("unk=<|endoftext|> bos=<|startoftext|> eos=<|endoftext|>")
                .tokens("pad=<|endoftext|>")
                .components(BpeRules::clip)
                .afterwards(BpeRules::clipPost);
        ClassRules.of(rules, "HerbertTokenizer")
                .tokens("cls=<s> unk=<unk> pad=<pad> mask=<mask> sep=</s>")
                .components(BpeRules::herbert)
                .afterwards(BpeRules::herbertPost);
        ClassRules.of(rules, "OpenAIGPTTokenizer").tokens("unk=<unk>").components(BpeRules::openAi);
    }

    private static void bytes(ClassBuild build) throws TokenizerFormatException {
        build.model("BPE", Components.bpe(null, "", "", false, false));
        build.decoder(byteLevel(true, true));
    }

    private static void gpt2(ClassBuild build, boolean prefixSpace)
            throws TokenizerFormatException {
        bytes(build);
        build.preTokenizer(byteLevel(build.flag("add_prefix_space", prefixSpace), true));
    }

    private static void codeGen(ClassBuild build) throws TokenizerFormatException {
        gpt2(build, false);
        build.post(byteLevel(true, false, true));
    }

    private static void robertaPost(ClassBuild build) throws TokenizerFormatException {
        boolean trim = build.flag("trim_offsets", true);
        boolean prefixSpace = build.flag("add_prefix_space", false);
        Components.robertaPost(build, "sep_token", "cls_token", trim, prefixSpace);
    }

    private static void neoX(ClassBuild build) throws TokenizerFormatException {
        boolean prefixSpace = build.flag("add_prefix_space", false);
        bytes(build);
        build.normalizer(part("NFC"));
        build.preTokenizer(byteLevel(prefixSpace, build.flag("trim_offsets", true), true));
    }

    private static void cohere(ClassBuild build) throws TokenizerFormatException {
        boolean prefixSpace = build.flag("add_prefix_space", false);
        bytes(build);
        build.normalizer(part("NFC"));
        build.preTokenizers(
                part("Digits", "individual_digits", true), byteLevel(prefixSpace, true));
        build.decoder(byteLevel(prefixSpace, true));
    }

    private static ClassRules qwen(String pattern) {
        return new ClassRules()
                .tokens("unk=<|endoftext|> bos= eos=<|endoftext|> pad=<|endoftext|>")
                .components(
                        build -> {
                            bytes(build);
                            build.normalizer(part("NFC"));
                            build.preTokenizers(
                                    Components.split("Regex", pattern, "Isolated", false),
                                    byteLevel(build.flag("add_prefix_space", false), false));
                        });
    }

    private static void words(ClassBuild build, @Nullable String prefix)
            throws TokenizerFormatException {
        String unknown = build.text("unk_token");
        build.model("BPE", Components.bpe(unknown, prefix, "</w>", false, false));
    }

    private static void clip(ClassBuild build) throws TokenizerFormatException {
        words(build, "");
        build.normalizers(part("NFC"), Components.replace("Regex", "\\s+", " "), part("Lowercase"));
        build.preTokenizers(
                Components.split("Regex", CLIP, "Removed", true), byteLevel(false, true));
        build.decoder(byteLevel(true, true));
    }

    private static void clipPost(ClassBuild build) throws TokenizerFormatException {
        Components.robertaPost(build, "eos_token", "bos_token", false, false);
    }

    private static void herbert(ClassBuild build) throws TokenizerFormatException {
        words(build, null);
        build.normalizer(Components.bertNormalizer(true, true, false, false));
        build.preTokenizer(part("BertPreTokenizer"));
        build.decoder(part("BPEDecoder", "suffix", "</w>"));
    }

    private static void herbertPost(ClassBuild build) {
        List<?> sep = List.of(build.text("sep_token"), 2);
        List<?> cls = List.of(build.text("cls_token"), 0);
        build.post(part("BertProcessing", "sep", sep, "cls", cls));
    }

    private static void openAi(ClassBuild build) throws TokenizerFormatException {
        words(build, "");
        build.normalizer(Components.bertNormalizer(true, true, null, true));
        build.preTokenizer(part("BertPreTokenizer"));
        build.decoder(part("BPEDecoder", "suffix", "</w>"));
    }

    /** transformers' {@code _post_init}: every special token is added once more as special. */
    static void initialiseAgain(ClassBuild build) throws TokenizerFormatException {
        build.add(build.special().stream().map(AddedToken::asSpecial).toList());
        if (!build.hasPostOfFile()) {
            build.post(Components.textsAlone(build));
        }
    }

    private static void markSpecial(ClassBuild build) throws TokenizerFormatException {
        build.add(
                build.special().stream()
                        .map(token -> AddedToken.of(token.content(), true))
                        .toList());
    }
}
