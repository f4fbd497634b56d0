/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.ModelConfig;
import org.lora4j.text.AddedTokenFiles;

/** The tokens that a training adds to its model's tokenizer, if any. */
final class TokenExtension implements AutoCloseable {
    private final @Nullable AddedTokenFiles files;

    private TokenExtension(@Nullable AddedTokenFiles files) {
        this.files = files;
    }

    /** Writes the tokenizer with the tokens into a temporary directory. */
    static TokenExtension of(Path model, List<String> tokens, Console console) throws IOException {
        if (tokens.isEmpty()) {
            return new TokenExtension(null);
        }
        Path directory = Files.createTempDirectory("lora4j-tokenizer");
        try {
            AddedTokenFiles files = AddedTokenFiles.write(model, tokens, directory);
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

    /** Gives the model a row for each token. */
    void resize(LoraModel model, Console console) {
        if (files == null) {
            return;
        }
        int before = model.block().vocabularySize();
        if (files.tokens() > before) {
            model.resizeTokenEmbeddings(files.tokens());
        }
        console.say(
                Words.format(
                        "%,d tokens added, the word table has %,d rows instead of %,d",
                        files.added().size(), model.block().vocabularySize(), before));
    }

    /** The tables of tokens train whole: new rows mean nothing before. */
    LoraConfig on(LoraConfig config, LoraModel model) {
        if (files == null) {
            return config;
        }
        List<String> saved = new ArrayList<>(config.modulesToSave());
        for (String path : model.block().tokenPaths()) {
            if (saved.stream().noneMatch(path::endsWith)) {
                saved.add(path.substring(path.lastIndexOf('.') + 1));
            }
        }
        return config.toBuilder().optModulesToSave(saved).build();
    }

    /** Puts the tokenizer beside what was trained with it. */
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
