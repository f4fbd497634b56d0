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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The classes of transformers with a BPE model of SentencePiece. */
public final class SentencePieceRules {
    private SentencePieceRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        rules.put("LlamaTokenizer", llama());
        rules.put("CodeLlamaTokenizer", codeLlama());
        rules.put("GemmaTokenizer", gemma(false));
        rules.put("Siglip2Tokenizer", gemma(true));
        rules.put("Tipsv2Tokenizer", tips());
        rules.put("ReformerTokenizer", reformer());
    }

    private static ClassRules llama() {
        return new ClassRules()
                .tokens("unk_token", "<unk>", "bos_token", "<s>", "eos_token", "</s>")
                .components(
                        build -> {
                            boolean prefixSpace = build.flag("add_prefix_space", true);
                            String first = build.flag("legacy", false) ? "always" : "first";
                            build.model("BPE", Components.bpe(null, null, true, true), false);
                            build.preTokenizer(metaspace(prefixSpace ? first : "never", false));
                            build.decoder(Components.bytesDecoder(prefixSpace));
                        });
    }

    private static ClassRules codeLlama() {
        return new ClassRules()
                .tokens(
                        "unk_token",
                        "<unk>",
                        "bos_token",
                        "<s>",
                        "eos_token",
                        "</s>",
                        "prefix_token",
                        SPACE + "<PRE>",
                        "middle_token",
                        SPACE + "<MID>",
                        "suffix_token",
                        SPACE + "<SUF>",
                        "eot_token",
                        SPACE + "<EOT>",
                        "fill_token",
                        "<FILL_ME>")
                .components(
                        build -> {
                            boolean prefixSpace = build.flag("add_prefix_space", true);
                            build.model(
                                    "BPE",
                                    Components.bpe(build.text("unk_token"), null, true, true),
                                    false);
                            build.preTokenizer(metaspace(prefixSpace ? "first" : "never", false));
                            build.decoder(Components.bytesDecoder(true));
                        })
                .afterwards(
                        build ->
                                build.post(
                                        build.names("bos_token")
                                                ? Components.template(
                                                        "bos_token $A",
                                                        "bos_token $A bos_token:1 $B:1",
                                                        build)
                                                : Components.textsAlone(build)));
    }

    private static ClassRules gemma(boolean lowercase) {
        return new ClassRules()
                .tokens(
                        "unk_token", "<unk>",
                        "bos_token", "<bos>",
                        "eos_token", "<eos>",
                        "pad_token", "<pad>",
                        "mask_token", "<mask>")
                .components(
                        build -> {
                            build.model(
                                    "BPE",
                                    Components.bpe(build.text("unk_token"), null, true, true),
                                    false);
                            build.preTokenizer(
                                    Components.split("String", " ", "MergedWithPrevious", false));
                            build.decoder(Components.bytesDecoder(false));
                            JsonObject spaces = Components.replace("String", " ", SPACE);
                            build.normalizer(
                                    lowercase
                                            ? Components.normalizers(
                                                    List.of(part("Lowercase"), spaces))
                                            : spaces);
                        });
    }

    private static ClassRules tips() {
        return new ClassRules()
                .tokens(
                        "unk_token",
                        "<unk>",
                        "pad_token",
                        "<pad>",
                        "bos_token",
                        "",
                        "eos_token",
                        "")
                .components(
                        build -> {
                            build.model("BPE", Components.bpe(null, null, true, true), false);
                            List<JsonObject> normalizers = new ArrayList<>();
                            if (build.flag("do_lower_case", true)) {
                                normalizers.add(part("Lowercase"));
                            }
                            JsonObject charsmap = build.charsmap();
                            if (charsmap != null) {
                                normalizers.add(charsmap);
                            }
                            build.normalizer(Components.normalizers(normalizers));
                            build.preTokenizer(
                                    Components.preTokenizers(
                                            part("WhitespaceSplit"), metaspace("always", true)));
                            build.decoder(
                                    Components.decoders(
                                            metaspace("always", true),
                                            part("ByteFallback"),
                                            part("Fuse")));
                        });
    }

    private static ClassRules reformer() {
        return new ClassRules()
                .tokens("eos_token", "</s>", "unk_token", "<unk>")
                .components(
                        build -> {
                            build.model(
                                    "BPE",
                                    Components.bpe(build.text("unk_token"), null, true, false),
                                    false);
                            JsonObject charsmap = build.charsmap();
                            if (charsmap != null) {
                                build.normalizer(
                                        Components.normalizers(
                                                List.of(
                                                        charsmap,
                                                        Components.replace(
                                                                "Regex", " {2,}", " "))));
                            }
                            build.preTokenizer(metaspace("always", true));
                            build.decoder(metaspace("always", true));
                        })
                .afterwards(BpeRules::initialiseAgain);
    }
}
