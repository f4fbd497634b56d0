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
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/** The classes of transformers with a Unigram model. */
public final class UnigramRules {
    static final String BLANKS = "\\s{2,}|[\\n\\r\\t]";

    private UnigramRules() {}

    public static void addTo(Map<String, ClassRules> rules) {
        rules.put("XLMRobertaTokenizer", xlmRoberta());
        rules.put("CamembertTokenizer", camembert());
        rules.put("BarthezTokenizer", barthez());
        rules.put("T5Tokenizer", t5().afterwards(UnigramRules::endWithEos));
        rules.put("VideoPrismTokenizer", t5());
        rules.put("PegasusTokenizer", pegasus());
        rules.put("XGLMTokenizer", xglm());
        rules.put("XLNetTokenizer", xlnet());
    }

    static void model(ClassBuild build, int unknown) throws TokenizerFormatException {
        build.model("Unigram", Components.unigram(unknown), true);
        if (unknown < 0 || unknown >= build.vocabulary().size()) {
            throw new TokenizerFormatException(
                    "its class takes the piece with id "
                            + unknown
                            + " for unknown text, but the vocabulary has only "
                            + build.vocabulary().size());
        }
    }

    static String scheme(ClassBuild build, String otherwise) throws TokenizerFormatException {
        return build.flag("add_prefix_space", true) ? "always" : otherwise;
    }

    static void words(ClassBuild build, String scheme) {
        build.preTokenizer(
                Components.preTokenizers(part("WhitespaceSplit"), metaspace(scheme, true)));
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

    private static List<AddedToken> plain(Stream<String> texts) {
        return texts.map(text -> AddedToken.of(text, true)).toList();
    }

    private static ClassRules robertaNames() {
        return new ClassRules()
                .tokens(
                        "bos_token", "<s>",
                        "eos_token", "</s>",
                        "sep_token", "</s>",
                        "cls_token", "<s>",
                        "unk_token", "<unk>",
                        "pad_token", "<pad>");
    }

    private static void bosAndEos(ClassBuild build) throws TokenizerFormatException {
        build.post(
                Components.template(
                        "bos_token $A eos_token",
                        "bos_token $A eos_token eos_token $B eos_token",
                        build));
    }

    private static ClassRules xlmRoberta() {
        return robertaNames()
                .tokens("mask_token", "<mask>")
                .components(
                        build -> {
                            model(build, 3);
                            charsmapAlone(build);
                            words(build, scheme(build, "never"));
                        })
                .afterwards(UnigramRules::bosAndEos);
    }

    private static ClassRules camembert() {
        return robertaNames()
                .token("mask_token", new AddedToken("<mask>", false, true, false, false, true))
                .extras(
                        build -> {
                            List<AddedToken> given = build.additional();
                            return given != null
                                    ? given
                                    : plain(Stream.of("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"));
                        })
                .components(
                        build -> {
                            int unknown = build.vocabulary().indexOf(build.text("unk_token"));
                            model(build, Math.max(0, unknown));
                            charsmapAlone(build);
                            words(build, scheme(build, "never"));
                        })
                .afterwards(UnigramRules::bosAndEos);
    }

    private static ClassRules barthez() {
        return robertaNames()
                .token("mask_token", new AddedToken("<mask>", false, true, false, true, false))
                .components(
                        build -> {
                            model(build, 3);
                            build.normalizer(
                                    Components.normalizers(
                                            List.of(
                                                    replace("Regex", BLANKS, " "),
                                                    part("NFC"),
                                                    Components.strip(false, true))));
                            spaces(build, scheme(build, "never"));
                        });
    }

    private static ClassRules t5() {
        return new ClassRules()
                .tokens("eos_token", "</s>", "unk_token", "<unk>", "pad_token", "<pad>")
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
        List<AddedToken> made =
                plain(IntStream.range(0, count).mapToObj(i -> "<extra_id_" + i + ">"));
        List<AddedToken> given = build.additional();
        if (given == null) {
            return made;
        }
        boolean has = given.stream().anyMatch(token -> token.content().contains("<extra_id_"));
        return has ? given : Stream.concat(given.stream(), made.stream()).toList();
    }

    private static void endWithEos(ClassBuild build) throws TokenizerFormatException {
        build.post(
                Components.template(
                        "$A </s>=eos_token", "$A </s>=eos_token $B </s>=eos_token", build));
    }

    private static ClassRules pegasus() {
        return new ClassRules()
                .tokens(
                        "pad_token", "<pad>",
                        "eos_token", "</s>",
                        "unk_token", "<unk>",
                        "mask_token", "<mask_2>")
                .extras(
                        build -> {
                            String sentence = build.setting("mask_token_sent");
                            String mask = sentence == null ? "<mask_1>" : sentence;
                            List<AddedToken> given = build.additional();
                            boolean has =
                                    given != null
                                            && given.stream()
                                                    .anyMatch(t -> t.content().equals(mask));
                            return plain(
                                    Stream.concat(
                                            has ? Stream.of() : Stream.of(mask),
                                            IntStream.range(2, build.count("offset", 103))
                                                    .mapToObj(i -> "<unk_" + i + ">")));
                        })
                .components(
                        build -> {
                            model(
                                    build,
                                    build.vocabulary().indexOfUnscored(build.text("unk_token"), 1));
                            JsonObject charsmap = build.charsmap();
                            build.normalizer(
                                    Components.normalizers(
                                            List.of(
                                                    charsmap == null
                                                            ? replace("Regex", "\\n", " ")
                                                            : charsmap,
                                                    replace("Regex", " {2,}", " "))));
                            spaces(build, "always");
                        })
                .afterwards(
                        build ->
                                build.post(
                                        Components.template(
                                                "$A eos_token", "$A $B eos_token", build)));
    }

    private static ClassRules xglm() {
        return robertaNames()
                .extras(
                        build -> {
                            List<AddedToken> given = build.additional();
                            List<AddedToken> all =
                                    new ArrayList<>(given == null ? List.of() : given);
                            for (int i = 0; i < 7; i++) {
                                AddedToken word = AddedToken.of("<madeupword" + i + ">", true);
                                if (all.stream()
                                        .noneMatch(t -> t.content().equals(word.content()))) {
                                    all.add(word);
                                }
                            }
                            return all;
                        })
                .components(
                        build -> {
                            model(build, 3);
                            List<JsonObject> parts = new ArrayList<>();
                            JsonObject charsmap = build.charsmap();
                            if (charsmap != null) {
                                parts.add(charsmap);
                            }
                            parts.add(replace("Regex", " {2,}", " "));
                            build.normalizer(Components.normalizers(parts));
                            spaces(build, scheme(build, "never"));
                        })
                .afterwards(
                        build ->
                                build.post(
                                        Components.template(
                                                "eos_token $A",
                                                "eos_token $A eos_token eos_token $B",
                                                build)));
    }

    private static ClassRules xlnet() {
        return new ClassRules()
                .tokens(
                        "bos_token", "<s>",
                        "eos_token", "</s>",
                        "unk_token", "<unk>",
                        "sep_token", "<sep>",
                        "pad_token", "<pad>",
                        "cls_token", "<cls>")
                .token("mask_token", new AddedToken("<mask>", false, true, false, true, false))
                .extras(
                        build -> {
                            List<AddedToken> given = build.additional();
                            return given == null ? plain(Stream.of("<eop>", "<eod>")) : given;
                        })
                .components(
                        build -> {
                            model(build, build.count("unk_id", 0));
                            build.normalizer(
                                    Components.normalizers(
                                            UnigramBertRules.quotes(
                                                    build,
                                                    false,
                                                    false,
                                                    build.flag("do_lower_case", false))));
                            words(build, "always");
                        })
                .afterwards(
                        build ->
                                build.post(
                                        Components.template(
                                                "$A sep_token cls_token:2",
                                                "$A sep_token $B:1 sep_token:1 cls_token:2",
                                                build)));
    }
}
