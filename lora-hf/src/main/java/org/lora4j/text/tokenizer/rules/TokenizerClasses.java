/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the tokenizer class that transformers' {@code AutoTokenizer.from_pretrained} builds for a
 * directory without running code from it. The names come from classes.txt, which is written from
 * transformers itself.
 */
public final class TokenizerClasses {
    /** The class that takes everything from tokenizer.json. */
    public static final String PLAIN = "TokenizersBackend";

    private static final Logger LOG = LoggerFactory.getLogger(TokenizerClasses.class);
    private static final TokenizerClasses KNOWN = read();

    /** How a class treats tokenizer.json. */
    public enum Kind {
        REBUILT,
        ASIS,
        PYTHON
    }

    /**
     * A class.
     *
     * @param name its name in transformers 5
     * @param kind how it treats tokenizer.json
     */
    public record Choice(String name, Kind kind) {}

    private final Map<String, String> ofModelType = new HashMap<>();
    private final Set<String> wrong = new HashSet<>();
    private final Map<String, Choice> byName = new HashMap<>();

    private TokenizerClasses() {}

    private static TokenizerClasses read() {
        TokenizerClasses read = new TokenizerClasses();
        try (InputStream in = TokenizerClasses.class.getResourceAsStream("classes.txt");
                BufferedReader lines =
                        new BufferedReader(
                                new InputStreamReader(
                                        Objects.requireNonNull(in, "classes.txt"),
                                        StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "model" -> read.ofModelType.put(words[1], words[2]);
                    case "wrong" -> read.wrong.add(words[1]);
                    case "class" ->
                            read.byName.put(
                                    words[1],
                                    new Choice(
                                            words[2],
                                            Kind.valueOf(
                                                    words[3].toUpperCase(java.util.Locale.ROOT))));
                    default -> {}
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read;
    }

    /**
     * The class of a directory.
     *
     * @throws TokenizerFormatException if it is written in Python and does not read tokenizer.json
     */
    public static Choice choose(TokenizerConfig config, boolean byteLevel)
            throws TokenizerFormatException {
        Choice choice = KNOWN.find(config, byteLevel);
        if (choice.kind() == Kind.PYTHON) {
            throw new TokenizerFormatException(
                    "the tokenizer_class %s is written in Python and does not read tokenizer.json;"
                        + " expected a class on the tokenizers library. If tokenizer.json is right"
                        + " for this model, set \"tokenizer_class\" to \"TokenizersBackend\"",
                    choice.name());
        }
        return choice;
    }

    private Choice find(TokenizerConfig config, boolean byteLevel) throws TokenizerFormatException {
        String ofTokenizer = config.tokenizerClass(true);
        String ofModel = config.tokenizerClass(false);
        String given = ofTokenizer != null && !ofTokenizer.isEmpty() ? ofTokenizer : ofModel;
        String registered = ofModelType.get(config.modelType());
        if (config.hasOwnCode()) {
            LOG.warn(
                    "tokenizer_config.json names Python code of the model's own for its tokenizer"
                            + " (auto_map), which is not run; tokens may differ from those that"
                            + " transformers gives with trust_remote_code");
        } else if (given != null) {
            if (base(given).equals("LlamaTokenizer")
                    && byteLevel
                    && !wrong.contains(config.modelType())) {
                return plain(); // a LlamaTokenizer would replace the ByteLevel parts
            }
            if (registered != null && !base(registered).equals(base(given))) {
                return mismatched(registered, given, config.modelType());
            }
        }
        if (given != null) {
            return byName(given.equals(ofTokenizer) ? base(given) : given);
        }
        return registered == null ? plain() : byName(registered);
    }

    private Choice mismatched(String registered, String given, String modelType) {
        if (base(registered).equals(PLAIN)) {
            return plain();
        }
        return byName(wrong.contains(modelType) ? base(registered) : given);
    }

    private Choice byName(String name) {
        Choice choice = byName.get(name);
        return choice == null ? plain() : choice;
    }

    /** The class that takes tokenizer.json as it is. */
    public static Choice plain() {
        return new Choice(PLAIN, Kind.ASIS);
    }

    private static String base(@Nullable String name) {
        return name != null && name.endsWith("Fast")
                ? name.substring(0, name.length() - 4)
                : Objects.requireNonNullElse(name, "");
    }
}
