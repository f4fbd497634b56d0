/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells which files belong to a model beside config.json and the weights: those that transformers'
 * tokenizers, processors and generation load, and the modules of sentence-transformers. Code does
 * not belong to them. Safe for concurrent use.
 */
public final class SmallFiles {
    /** What a file is for. Files of one kind belong together. */
    public enum Kind {
        /** The tokens: tokenizer.json, and the vocabularies of older tokenizers. */
        VOCABULARY(
                "(?:tokenizer|added_tokens|vocab|tekken|normalizer)\\.json"
                        + "|(?:vocab|merges|dict)\\.txt|bpe\\.codes"
                        + "|[\\w.-]+\\.(?:model|tiktoken|spm)" // sentencepiece and tiktoken
                        + "|tokenizer\\.\\d[\\w.]*\\.json"), // for a version of transformers

        /** How the tokens are used: tokenizer_config.json and special_tokens_map.json. */
        TOKENIZER_SETTINGS("(?:tokenizer_config|special_tokens_map)\\.json"),

        /** Chat templates in files of their own. */
        CHAT_TEMPLATE("chat_template\\.(?:jinja|json)|additional_chat_templates/[\\w.-]+\\.jinja"),

        /**
         * Everything else, such as generation_config.json and the modules of a sentence encoder.
         */
        OTHER(
                "(?:generation|(?:image_|video_pre|pre)?processor|feature_extractor)_config\\.json"
                        + "|modules\\.json|config_sentence_transformers\\.json"
                        + "|sentence_\\w+_config\\.json"
                        + "|\\d{1,2}_[A-Z]\\w*/(?:config\\.json|model\\.safetensors)");

        private final Pattern names;

        Kind(String names) {
            this.names = Pattern.compile(names);
        }
    }

    private static final Pattern DIRECTORIES =
            Pattern.compile("additional_chat_templates|\\d{1,2}_[A-Z]\\w*");

    private SmallFiles() {}

    /**
     * Returns what a file of a model is for.
     *
     * @param name its path below the model's directory, with / between the parts
     * @return its kind, or null if it is none of these files
     */
    public static @Nullable Kind kind(String name) {
        for (Kind kind : Kind.values()) {
            if (kind.names.matcher(name).matches()) {
                return kind;
            }
        }
        return null;
    }

    /** Returns whether a directory of this name below a model's may hold such files. */
    public static boolean isDirectory(String name) {
        return DIRECTORIES.matcher(name).matches();
    }
}
