/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lora4j.block.AdapterSelection;
import org.lora4j.hf.CausalLanguageModel;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.ChatOptions;
import org.lora4j.text.Conversation;

/**
 * Goes on with texts: transformers' {@code generate}.
 *
 * <p>Any number of threads may generate with one model at once. A generation uses the adapters that
 * are active on the thread that asks for it, at the time it asks ({@link LoraModel#use}), or the
 * base where there are none. A text does not depend on what else is generated with it, but for
 * scores that are equal to the last digits: products of other sizes round otherwise.
 *
 * <p>A generation ends in order, with what it has so far, when its thread is interrupted or the
 * condition of {@link #until} holds. What it remembers of a text is freed when it ends, however it
 * ends. The model stays the caller's and must stay open; while it is trained, nothing may be
 * generated with the adapter that is trained.
 *
 * <p>A text also ends when the model has no position for a further token: {@link
 * LoraModel#maxPositions}, or none where its positions are made for any length (dynamic NTK).
 * transformers ends there in an index error where positions are learned (GPT-2), and goes on with
 * positions that the model has never seen where they are turned.
 */
public final class TextGenerator {
    private static final int BATCH = 16;

    private final LoraModel model;
    private final StopRules ends;
    private final int batchSize;
    private final BooleanSupplier cancelled;

    private TextGenerator(
            LoraModel model, StopRules ends, int batchSize, BooleanSupplier cancelled) {
        this.model = model;
        this.ends = ends;
        this.batchSize = batchSize;
        this.cancelled = cancelled;
    }

    /**
     * Returns a generator of a model.
     *
     * @param model a language model
     * @throws IllegalStateException if it is none
     * @throws UncheckedIOException if its generation_config.json is broken
     */
    public static TextGenerator of(LoraModel model) {
        model.languageModel();
        try {
            StopRules ends =
                    StopRules.of(
                            model.config().directory(),
                            model.config(),
                            model.tokenizer(),
                            GenerationConfig.defaults());
            return new TextGenerator(model, ends, BATCH, () -> false);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /**
     * Returns a generator that runs up to so many texts at once where it is given several; 16 by
     * default. More are faster together and take more memory.
     *
     * @param size at least 1
     */
    public TextGenerator withBatchSize(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("batch size is " + size + "; expected 1 or more");
        }
        return new TextGenerator(model, ends, size, cancelled);
    }

    /**
     * Returns a generator whose texts end, as {@link FinishReason#CANCELLED}, where a condition
     * holds.
     *
     * @param condition asked before each token on the generating thread, such as {@code
     *     AtomicBoolean::get}
     */
    public TextGenerator until(BooleanSupplier condition) {
        return new TextGenerator(model, ends, batchSize, condition);
    }

    /**
     * Goes on with a text.
     *
     * @param prompt the text; the tokenizer's start token is put before it
     * @param config how
     * @throws IllegalArgumentException if it has no tokens, or more than the model has positions
     */
    public Generation generate(String prompt, GenerationConfig config) {
        return generate(encoded(prompt), config);
    }

    /**
     * Goes on with a text and hands out what follows as it comes.
     *
     * @param prompt the text
     * @param config how
     * @param onText is given each piece on the calling thread; what it throws ends the generation
     *     and is thrown on
     */
    public Generation generate(String prompt, GenerationConfig config, Consumer<String> onText) {
        return generate(encoded(prompt), config, onText);
    }

    /**
     * Goes on with several texts, in batches of texts of like lengths.
     *
     * @param prompts the texts
     * @param config how
     * @return one for each text, in their order
     */
    public List<Generation> generate(List<String> prompts, GenerationConfig config) {
        return generateIds(prompts.stream().map(this::encoded).toList(), config);
    }

    /**
     * Answers a conversation, by the model's chat template.
     *
     * @param chat the conversation
     * @param config how
     */
    public Generation generate(Conversation chat, GenerationConfig config) {
        return generate(encoded(chat), config);
    }

    /**
     * Answers a conversation and hands out the answer as it comes.
     *
     * @param chat the conversation
     * @param config how
     * @param onText is given each piece on the calling thread
     */
    public Generation generate(
            Conversation chat, GenerationConfig config, Consumer<String> onText) {
        return generate(encoded(chat), config, onText);
    }

    /**
     * Goes on with tokens.
     *
     * @param prompt token ids, special ones included
     * @param config how
     */
    public Generation generate(int[] prompt, GenerationConfig config) {
        return generate(prompt, config, piece -> {});
    }

    /**
     * Goes on with tokens and hands out the text as it comes.
     *
     * @param prompt token ids, special ones included
     * @param config how
     * @param onText is given each piece on the calling thread
     */
    public Generation generate(int[] prompt, GenerationConfig config, Consumer<String> onText) {
        requireReadable(prompt, "the prompt");
        GrowingText text = growing(0, prompt, rules(config), config, onText);
        run(List.of(text), config);
        return text.result();
    }

    /**
     * Goes on with several sequences of tokens.
     *
     * @param prompts token ids, special ones included
     * @param config how
     * @return one for each, in their order
     */
    public List<Generation> generateIds(List<int[]> prompts, GenerationConfig config) {
        StopRules rules = rules(config);
        List<GrowingText> texts = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            requireReadable(prompts.get(i), "prompt " + i);
            texts.add(growing(i, prompts.get(i), rules, config, piece -> {}));
        }
        List<GrowingText> longestFirst = new ArrayList<>(texts);
        longestFirst.sort(Comparator.comparingInt(text -> -text.tokens().count()));
        for (int from = 0; from < texts.size(); from += batchSize) {
            run(longestFirst.subList(from, Math.min(from + batchSize, texts.size())), config);
        }
        return texts.stream().map(GrowingText::result).toList();
    }

    /**
     * Returns what follows a text as a stream that generates when it is pulled, on the thread that
     * pulls it. Closing it ends the generation; so does its end.
     *
     * @param prompt the text
     * @param config how
     * @return pieces of the text, none of them empty
     */
    public Stream<String> stream(String prompt, GenerationConfig config) {
        return stream(encoded(prompt), config);
    }

    /**
     * Returns the answer to a conversation as {@link #stream(String, GenerationConfig)} does.
     *
     * @param chat the conversation
     * @param config how
     */
    public Stream<String> stream(Conversation chat, GenerationConfig config) {
        return stream(encoded(chat), config);
    }

    /**
     * Returns what follows tokens as {@link #stream(String, GenerationConfig)} does.
     *
     * @param prompt token ids, special ones included
     * @param config how
     */
    public Stream<String> stream(int[] prompt, GenerationConfig config) {
        requireReadable(prompt, "the prompt");
        StopRules rules = rules(config);
        AdapterSelection adapters = active();
        return TextStream.of(
                onText ->
                        batch(
                                List.of(growing(0, prompt, rules, config, onText)),
                                config,
                                adapters));
    }

    private void run(List<GrowingText> texts, GenerationConfig config) {
        try (GenerationBatch batch = batch(texts, config, active())) {
            while (batch.step()) {
                // each step hands out what it made
            }
        }
    }

    private GenerationBatch batch(
            List<GrowingText> texts, GenerationConfig config, AdapterSelection adapters) {
        return new GenerationBatch(model, texts, config, adapters, cancelled);
    }

    private AdapterSelection active() {
        return model.block().loraContext().active().current();
    }

    private GrowingText growing(
            int index,
            int[] prompt,
            StopRules rules,
            GenerationConfig config,
            Consumer<String> onText) {
        TextAssembler assembler = TextAssembler.of(model.tokenizer(), rules);
        return new GrowingText(index, prompt, rules, assembler, config.maxNewTokens(), onText);
    }

    private StopRules rules(GenerationConfig config) {
        Set<Integer> tokens = new TreeSet<>(ends.endTokens());
        tokens.addAll(config.stopTokens());
        return new StopRules(tokens, config.stopStrings());
    }

    private int[] encoded(String prompt) {
        int most = model.languageModel().longestSequence();
        return model.tokenizer().encodeOpen(prompt, most);
    }

    private int[] encoded(Conversation chat) {
        int most = model.languageModel().longestSequence();
        return model.tokenizer().chat().encode(chat, ChatOptions.PROMPT, most);
    }

    private void requireReadable(int[] ids, String which) {
        CausalLanguageModel block = model.languageModel();
        if (ids.length == 0) {
            throw new IllegalArgumentException(
                    which + " has no tokens; expected one at least, such as a start token");
        }
        if (ids.length > block.longestSequence()) {
            throw new IllegalArgumentException(
                    which
                            + " has "
                            + ids.length
                            + " tokens, and the model has positions for "
                            + block.longestSequence()
                            + "; expected a prompt that leaves room for an answer");
        }
        int words = block.vocabularySize();
        IntStream.of(ids)
                .filter(id -> id < 0 || id >= words)
                .findFirst()
                .ifPresent(
                        id -> {
                            throw new IllegalArgumentException(
                                    which
                                            + " has the token "
                                            + id
                                            + "; expected ids below "
                                            + words
                                            + ", the entries of the model's word table. Tokenize"
                                            + " with the model's own tokenizer");
                        });
    }
}
