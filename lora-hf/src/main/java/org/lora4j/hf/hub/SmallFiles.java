/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which files beside config.json and the weights make a model what it is: those that transformers'
 * tokenizers, processors and generation load, and the modules of sentence-transformers. Code is not
 * among them. Stateless; safe for use by any number of threads.
 */
public final class SmallFiles {
    /** What a file is for. Files of one kind belong together. */
    public enum Kind {
        /** The tokens: tokenizer.json, and the vocabularies of older tokenizers. */
        VOCABULARY,
        /** How the tokens are used: tokenizer_config.json and special_tokens_map.json. */
        TOKENIZER_SETTINGS,
        /** Chat templates in files of their own. */
        CHAT_TEMPLATE,
        /** Everything else, such as generation_config.json. */
        OTHER
    }

    private static final Set<String> VOCABULARIES =
            Set.of(
                    "tokenizer.json",
                    "added_tokens.json",
                    "vocab.txt",
                    "vocab.json",
                    "merges.txt",
                    "tekken.json",
                    "normalizer.json",
                    "bpe.codes",
                    "dict.txt");

    /** Of sentencepiece and tiktoken, and tokenizer.json for one version of transformers. */
    private static final Pattern OTHER_VOCABULARIES =
            Pattern.compile("[\\w.-]+\\.(?:model|tiktoken|spm)|tokenizer\\.\\d[\\w.]*\\.json");

    private static final Set<String> SETTINGS =
            Set.of("tokenizer_config.json", "special_tokens_map.json");

    private static final Set<String> TEMPLATES =
            Set.of("chat_template.jinja", "chat_template.json");

    /** Below the model's directory; transformers names each template by its file. */
    private static final Pattern MORE_TEMPLATES =
            Pattern.compile("additional_chat_templates/[\\w.-]+\\.jinja");

    private static final List<String> OTHERS =
            List.of(
                    "generation_config.json",
                    "preprocessor_config.json",
                    "processor_config.json",
                    "image_processor_config.json",
                    "video_preprocessor_config.json",
                    "feature_extractor_config.json",
                    "modules.json",
                    "config_sentence_transformers.json");

    /** Of sentence-transformers: 1_Pooling/config.json, or 2_Dense with a small weight. */
    private static final Pattern MODULES =
            Pattern.compile(
                    "sentence_\\w+_config\\.json|\\d{1,2}_[A-Z]\\w*/(?:config\\.json|model\\.safetensors)");

    private static final Pattern DIRECTORIES =
            Pattern.compile("additional_chat_templates|\\d{1,2}_[A-Z]\\w*");

    private SmallFiles() {}

    /**
     * Returns what a file of a model is for.
     *
     * @param name its path below the model's directory, with / between the parts
     * @return its kind, or null where it is none of these files
     */
    public static @Nullable Kind kind(String name) {
        if (VOCABULARIES.contains(name) || OTHER_VOCABULARIES.matcher(name).matches()) {
            return Kind.VOCABULARY;
        }
        if (SETTINGS.contains(name)) {
            return Kind.TOKENIZER_SETTINGS;
        }
        if (TEMPLATES.contains(name) || MORE_TEMPLATES.matcher(name).matches()) {
            return Kind.CHAT_TEMPLATE;
        }
        boolean other = OTHERS.contains(name) || MODULES.matcher(name).matches();
        return other ? Kind.OTHER : null;
    }

    /**
     * Returns whether a directory below a model's may hold such files.
     *
     * @param name the directory's name
     */
    public static boolean isDirectory(String name) {
        return DIRECTORIES.matcher(name).matches();
    }
}
