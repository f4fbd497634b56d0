/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * DJL's native tokenizer behind a lock: {@link #close()} waits for the calls that run, and later
 * ones fail instead of reading freed memory. Safe for concurrent use; whoever loads it closes it.
 */
public final class NativeTokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "true", "truncation", "false", "padding", "false");

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final HuggingFaceTokenizer tokenizer;
    private final int longestText;
    private final @Nullable String gap;
    private boolean closed;

    private NativeTokenizer(HuggingFaceTokenizer tokenizer, TokenizerDefinition definition) {
        this.tokenizer = tokenizer;
        this.longestText = definition.longestText();
        this.gap = definition.gap();
    }

    /**
     * Loads a tokenizer, with truncation and padding off.
     *
     * @param definition the tokenizer
     * @param found which added tokens it finds in a text
     * @return the tokenizer, closed by the caller
     * @throws IOException if the native side cannot load it
     */
    public static NativeTokenizer load(
            TokenizerDefinition definition, TokenizerDefinition.Found found) throws IOException {
        byte[] json = definition.json(found).getBytes(StandardCharsets.UTF_8);
        try (ByteArrayInputStream in = new ByteArrayInputStream(json)) {
            return new NativeTokenizer(HuggingFaceTokenizer.newInstance(in, OPTIONS), definition);
        } catch (RuntimeException e) {
            throw new IOException("cannot be loaded (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Encodes a text.
     *
     * @param text well-formed text
     * @param specialTokens whether the template's special tokens are added
     * @return tokens, their ids and places
     * @throws IllegalArgumentException if the text is longer than is handed over at once, has a gap
     *     to be filled, or the tokenizer cannot encode it
     * @throws IllegalStateException if the tokenizer is closed
     */
    public Encoding encode(String text, boolean specialTokens) {
        requireLength(text);
        if (gap != null && text.contains(gap)) {
            throw new IllegalArgumentException(
                    "the text has %s, where the CodeLlamaTokenizer of transformers divides a text to have the gap filled, which is not supported; take it out, or set \"fill_token\": null in tokenizer_config.json to have it as text"
                            .formatted(gap));
        }
        return call(it -> it.encode(text, specialTokens, false));
    }

    /**
     * Encodes a pair of texts with the template's special tokens.
     *
     * @param text well-formed text
     * @param pair well-formed text
     * @return tokens, their ids and places
     * @throws IllegalArgumentException if a text is longer than is handed over at once, or the
     *     tokenizer cannot encode it
     * @throws IllegalStateException if the tokenizer is closed
     */
    public Encoding encode(String text, String pair) {
        requireLength(text);
        requireLength(pair);
        return call(it -> it.encode(text, pair));
    }

    /**
     * Decodes tokens.
     *
     * @param ids token ids; those that the tokenizer does not have are left out
     * @param skipSpecial whether special tokens are left out too
     * @return the text
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String decode(long[] ids, boolean skipSpecial) {
        return call(it -> it.decode(ids, skipSpecial));
    }

    /**
     * Checks that a text may be handed over at once.
     *
     * @param text a text
     * @throws IllegalArgumentException if it is longer
     */
    public void requireLength(String text) {
        if (text.length() > longestText) {
            throw new IllegalArgumentException(
                    ("a text of %s characters is longer than %s, the most that this tokenizer is"
                                    + " given at once; divide it")
                            .formatted(text.length(), longestText));
        }
    }

    private <T> T call(Function<HuggingFaceTokenizer, T> function) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return function.apply(tokenizer);
        } catch (IllegalStateException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "the tokenizer cannot handle this text (" + e.getMessage() + ")", e);
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                tokenizer.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
