/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.lora4j.text.tokenizer.NativeTokenizer;
import org.lora4j.text.tokenizer.TokenizerDefinition;
import org.lora4j.text.tokenizer.TokenizerDefinition.Found;

/**
 * The native tokenizers of a directory: two where special tokens in a text are divided as any text,
 * since decoding knows them all the same.
 *
 * @param definition what they were made from
 * @param encoder encodes
 * @param decoder decodes, perhaps the same
 */
record NativeTokenizers(
        TokenizerDefinition definition, NativeTokenizer encoder, NativeTokenizer decoder)
        implements AutoCloseable {

    static NativeTokenizers load(Path directory) throws IOException {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.exists(file)) {
            throw new IOException(missing(directory, file));
        }
        TokenizerDefinition definition = TokenizerDefinition.read(directory);
        try {
            if (!definition.splitsSpecialTokens()) {
                NativeTokenizer both = NativeTokenizer.load(definition, Found.ALL);
                return new NativeTokenizers(definition, both, both);
            }
            NativeTokenizer decoder = NativeTokenizer.load(definition, Found.ALL);
            try {
                return new NativeTokenizers(
                        definition, NativeTokenizer.load(definition, Found.NOT_SPECIAL), decoder);
            } catch (IOException | RuntimeException e) {
                decoder.close();
                throw e;
            }
        } catch (IOException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        encoder.close();
        decoder.close();
    }

    private static String missing(Path directory, Path file) {
        if (!Files.isDirectory(directory)) {
            return directory + ": no such directory; expected a Hugging Face model directory";
        }
        boolean slow =
                Stream.of("vocab.txt", "vocab.json", "tokenizer.model", "spiece.model")
                        .anyMatch(name -> Files.exists(directory.resolve(name)));
        return file
                + ": no such file"
                + (slow
                        ? "; the directory has only the older tokenizer files. Convert them once"
                                + " in Python: AutoTokenizer.from_pretrained(dir)"
                                + ".save_pretrained(dir)"
                        : "; a model directory has its tokenizer in it, download it again");
    }
}
