/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.text.AddedTokenFiles;

/** The tokens that a training adds to its model's tokenizer, if any. */
public final class TokenExtension implements AutoCloseable {
    private final @Nullable AddedTokenFiles files;

    private TokenExtension(@Nullable AddedTokenFiles files) {
        this.files = files;
    }

    /**
     * Checks the tokens that a command line asks for.
     *
     * @param option the option's name
     * @param tokens what it lists, or null if it was not given
     * @return the tokens; none if it was not given
     * @throws IllegalArgumentException if it lists none, a blank one, or one twice
     */
    public static List<String> asked(String option, @Nullable List<String> tokens) {
        if (tokens == null) {
            return List.of();
        }
        if (tokens.stream().allMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    option + " lists no token; expected texts with commas between them");
        }
        Set<String> seen = new HashSet<>();
        for (String token : tokens) {
            if (token.isBlank()) {
                throw new IllegalArgumentException(
                        "%s lists a blank token in %s; expected texts with commas between them"
                                .formatted(option, tokens));
            }
            if (!seen.add(token)) {
                throw new IllegalArgumentException(
                        option + " lists " + token + " twice; expected each token once");
            }
        }
        return List.copyOf(tokens);
    }

    /**
     * Writes a tokenizer that has the tokens to a temporary directory.
     *
     * @throws IllegalArgumentException if the tokenizer has all of the tokens already
     */
    static TokenExtension of(Path model, List<String> tokens, Console console) throws IOException {
        if (tokens.isEmpty()) {
            return new TokenExtension(null);
        }
        Path directory = Files.createTempDirectory("lora4j-tokenizer");
        try {
            AddedTokenFiles files = AddedTokenFiles.write(model, tokens, directory);
            if (files.added().isEmpty()) {
                throw new IllegalArgumentException(
                        "there is no token to add: the tokenizer has "
                                + String.join(", ", tokens)
                                + " already; leave the option out");
            }
            Files.copy(model.resolve(ModelConfig.FILE), directory.resolve(ModelConfig.FILE));
            List<String> known = new ArrayList<>(tokens);
            known.removeAll(files.added());
            if (!known.isEmpty()) {
                console.note("the tokenizer has these tokens already: " + String.join(", ", known));
            }
            return new TokenExtension(files);
        } catch (IOException | RuntimeException e) {
            delete(directory);
            throw e;
        }
    }

    LoadOptions on(LoadOptions options) {
        return files == null ? options : options.withTokenizer(files.directory());
    }

    /** Resizes the model to have a row for each token. */
    void resize(LoraModel model, Console console) {
        if (files == null) {
            return;
        }
        int before = model.block().vocabularySize();
        if (files.tokens() > before) {
            model.resizeTokenEmbeddings(files.tokens());
        }
        console.say(
                "%,d tokens added, the word table has %,d rows instead of %,d",
                files.added().size(), model.block().vocabularySize(), before);
    }

    /**
     * Adds the tables of tokens to the modules that train whole, since the new rows mean nothing
     * yet; unless the configuration has tokens of its own whose rows train.
     */
    AdapterConfig on(AdapterConfig config, LoraModel model) {
        if (files == null
                || !config.tokens().isEmpty()
                || config instanceof TrainableTokensConfig) {
            return config;
        }
        List<String> saved = new ArrayList<>(config.modulesToSave());
        for (String path : model.block().tokenPaths()) {
            if (saved.stream().noneMatch(path::endsWith)) {
                saved.add(path.substring(path.lastIndexOf('.') + 1));
            }
        }
        return config.selecting(config.targets(), saved);
    }

    /** Saves the tokenizer beside the result. */
    void saveTo(Path place) throws IOException {
        if (files != null) {
            files.copyTo(place);
        }
    }

    @Override
    public void close() throws IOException {
        if (files != null) {
            delete(files.directory());
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
