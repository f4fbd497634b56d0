/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import static org.lora4j.text.tokenizer.json.JsonFields.part;
import static org.lora4j.text.tokenizer.rules.Components.SPACE;
import static org.lora4j.text.tokenizer.rules.Components.metaspace;

import com.google.gson.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a BPE model of SentencePiece. */
public final class SentencePieceRules {
    private SentencePieceRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        ClassRules.of(rules, "LlamaTokenizer")
                .tokens("unk=<unk> bos=<s> eos=</s>")
                .components(SentencePieceRules::llama);
        ClassRules.of(rules, "CodeLlamaTokenizer")
                .tokens("unk=<unk> bos=<s> eos=</s>")
                .tokens("prefix=%1$s<PRE> middle=%1$s<MID>".formatted(SPACE))
                .tokens("suffix=%1$s<SUF> eot=%1$s<EOT> fill=<FILL_ME>".formatted(SPACE))
                .components(SentencePieceRules::codeLlama)
                .afterwards(SentencePieceRules::codeLlamaPost);
        rules.put("GemmaTokenizer", gemma(false));
        rules.put("Siglip2Tokenizer", gemma(true));
        ClassRules.of(rules, "Tipsv2Tokenizer")
                .tokens("unk=<unk> pad=<pad> bos= eos=")
                .components(SentencePieceRules::tips);
        ClassRules.of(rules, "ReformerTokenizer")
                .tokens("eos=</s> unk=<unk>")
                .components(SentencePieceRules::reformer)
                .afterwards(BpeRules::initialiseAgain);
    }

    private static void model(ClassBuild build, @Nullable String unknown, boolean bytes)
            throws TokenizerFormatException {
        build.model("BPE", Components.bpe(unknown, null, null, true, bytes));
    }

    private static void llama(ClassBuild build) throws TokenizerFormatException {
        boolean prefixSpace = build.flag("add_prefix_space", true);
        String first = build.flag("legacy", false) ? "always" : "first";
        model(build, null, true);
        build.preTokenizer(metaspace(prefixSpace ? first : "never", false));
        build.decoder(Components.bytesDecoder(prefixSpace));
    }

    private static void codeLlama(ClassBuild build) throws TokenizerFormatException {
        boolean prefixSpace = build.flag("add_prefix_space", true);
        model(build, build.text("unk_token"), true);
        build.preTokenizer(metaspace(prefixSpace ? "first" : "never", false));
        build.decoder(Components.bytesDecoder(true));
    }

    private static void codeLlamaPost(ClassBuild build) throws TokenizerFormatException {
        build.post(
                build.names("bos_token")
                        ? Components.template(
                                "bos_token $A", "bos_token $A bos_token:1 $B:1", build)
                        : Components.textsAlone(build));
    }

    private static ClassRules gemma(boolean lowercase) {
        return new ClassRules()
                .tokens("unk=<unk> bos=<bos> eos=<eos> pad=<pad> mask=<mask>")
                .components(
                        build -> {
                            model(build, build.text("unk_token"), true);
                            build.preTokenizer(
                                    Components.split("String", " ", "MergedWithPrevious", false));
                            build.decoder(Components.bytesDecoder(false));
                            JsonObject spaces = Components.replace("String", " ", SPACE);
                            if (lowercase) {
                                build.normalizers(part("Lowercase"), spaces);
                            } else {
                                build.normalizer(spaces);
                            }
                        });
    }

    private static void tips(ClassBuild build) throws TokenizerFormatException {
        model(build, null, true);
        build.normalizers(
                build.flag("do_lower_case", true) ? part("Lowercase") : null, build.charsmap());
        build.preTokenizers(part("WhitespaceSplit"), metaspace("always", true));
        build.decoder(
                Components.decoders(metaspace("always", true), part("ByteFallback"), part("Fuse")));
    }

    private static void reformer(ClassBuild build) throws TokenizerFormatException {
        model(build, build.text("unk_token"), false);
        JsonObject charsmap = build.charsmap();
        if (charsmap != null) {
            build.normalizers(charsmap, Components.replace("Regex", " {2,}", " "));
        }
        build.preTokenizer(metaspace("always", true));
        build.decoder(metaspace("always", true));
    }
}
