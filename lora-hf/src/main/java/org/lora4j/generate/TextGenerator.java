/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.HeldAdapters;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.chat.ChatOptions;
import org.lora4j.text.chat.Conversation;

/**
 * Goes on with texts: transformers' {@code generate}.
 *
 * <p>Any number of threads may generate with one model at once. A generation uses the adapters that
 * are active on the thread that asks for it, at the time it asks ({@link LoraModel#use}), or the
 * base where there are none, to its last token: what is activated, replaced or deleted meanwhile
 * does not change it. Deleting an adapter waits for generations that run with it; it does not wait
 * for a stream that nobody pulls, which keeps the adapter until it ends. After the model is closed
 * the next token is refused with an IllegalStateException. A text does not depend on what else is
 * generated with it, but for scores that are equal to the last digits: products of other sizes
 * round otherwise.
 *
 * <p>A generation ends in order, with what it has so far, when its thread is interrupted or the
 * condition of {@link #until} holds. What it remembers of a text is freed when it ends, however it
 * ends. The model stays the caller's and must stay open; while it is trained, nothing may be
 * generated with the adapter that is trained.
 *
 * <p>What the model's generation_config.json asks for (or its config.json, where there is no such
 * file) holds as in transformers 5.23: do_sample, temperature, top_k, top_p, min_p, max_new_tokens,
 * max_length, min_new_tokens, min_length, repetition_penalty, no_repeat_ngram_size,
 * encoder_repetition_penalty and encoder_no_repeat_ngram_size (over the prompt), bad_words_ids,
 * sequence_bias, suppress_tokens, begin_suppress_tokens, forced_bos_token_id, forced_eos_token_id,
 * exponential_decay_length_penalty, remove_invalid_values, stop_strings, eos_token_id. What a
 * {@link GenerationConfig} sets wins. Keys that would change the text and are not among these, such
 * as num_beams above 1 or guidance_scale, are refused by their names.
 *
 * <p>A text also ends when the model has no position for a further token: {@link
 * LoraModel#maxPositions}, or none where its positions are made for any length (dynamic NTK).
 * transformers ends there in an index error where positions are learned (GPT-2), and goes on with
 * positions that the model has never seen where they are turned.
 */
public final class TextGenerator {
    private static final int BATCH = 16;

    private final LoraModel model;
    private final ModelGeneration defaults;
    private final Set<Integer> ends;
    private final int batchSize;
    private final BooleanSupplier cancelled;
    private final boolean tells;
    private final StreamMemory streams;

    private TextGenerator(
            LoraModel model,
            ModelGeneration defaults,
            Set<Integer> ends,
            int batchSize,
            BooleanSupplier cancelled,
            boolean tells,
            StreamMemory streams) {
        this.model = model;
        this.defaults = defaults;
        this.ends = ends;
        this.batchSize = batchSize;
        this.cancelled = cancelled;
        this.tells = tells;
        this.streams = streams;
    }

    /**
     * Returns a generator of a model.
     *
     * @param model a language model
     * @throws IllegalStateException if it is none
     * @throws UncheckedIOException if its generation_config.json is broken or asks for what is not
     *     supported
     */
    public static TextGenerator of(LoraModel model) {
        int vocabulary = model.languageModel().vocabularySize();
        Path directory = model.config().directory();
        try {
            GenerationFile file = GenerationFile.of(directory, model.config());
            return new TextGenerator(
                    model,
                    new ModelGeneration(file, vocabulary),
                    StopRules.ends(directory, model.config(), tokenizerOf(model)),
                    BATCH,
                    () -> false,
                    false,
                    new StreamMemory(System::gc));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** Returns the model. */
    public LoraModel model() {
        return model;
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
        return new TextGenerator(model, defaults, ends, size, cancelled, tells, streams);
    }

    /**
     * Returns a generator whose texts end, as {@link FinishReason#CANCELLED}, where a condition
     * holds.
     *
     * @param condition asked before each token on the generating thread, such as {@code
     *     AtomicBoolean::get}
     */
    public TextGenerator until(BooleanSupplier condition) {
        return new TextGenerator(model, defaults, ends, batchSize, condition, tells, streams);
    }

    /**
     * Returns a generator that tells how probable each token was: {@link
     * Generation#logProbabilities}. A step reads its logits once more for it.
     */
    public TextGenerator withLogProbabilities() {
        return new TextGenerator(model, defaults, ends, batchSize, cancelled, true, streams);
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
     * Goes on with several texts, each with adapters of its own; texts of different adapters share
     * batches. PEFT's {@code generate(adapter_names=...)}.
     *
     * @param prompts the texts
     * @param adapters the adapters of each
     * @param config how
     * @return one for each text, in their order
     * @throws IllegalArgumentException if there are not as many of both, or the model does not have
     *     one of the adapters
     */
    public List<Generation> generate(
            List<String> prompts, AdapterRows adapters, GenerationConfig config) {
        return generateIds(prompts.stream().map(this::encoded).toList(), adapters, config);
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
     * Goes on with tokens. A model without a tokenizer gives tokens and no text.
     *
     * @param prompt token ids, special ones included
     * @param config how
     */
    public Generation generate(int[] prompt, GenerationConfig config) {
        return generate(prompt, plan(config, active().current()), piece -> {});
    }

    /**
     * Goes on with tokens and hands out the text as it comes.
     *
     * @param prompt token ids, special ones included
     * @param config how
     * @param onText is given each piece on the calling thread
     */
    public Generation generate(int[] prompt, GenerationConfig config, Consumer<String> onText) {
        model.tokenizer(); // which makes the text
        return generate(prompt, plan(config, active().current()), onText);
    }

    private Generation generate(int[] prompt, Plan plan, Consumer<String> onText) {
        requireReadable(prompt, "the prompt");
        GrowingText text = growing(0, prompt, plan, onText);
        run(List.of(text), plan);
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
        Plan plan = plan(config, active().current());
        List<GrowingText> texts = texts(prompts, i -> plan);
        for (List<GrowingText> batch : batches(texts)) {
            run(batch, plan);
        }
        return texts.stream().map(GrowingText::result).toList();
    }

    /**
     * Goes on with several sequences of tokens, each with adapters of its own.
     *
     * @param prompts token ids, special ones included
     * @param adapters the adapters of each
     * @param config how
     * @return one for each, in their order
     * @throws IllegalArgumentException if there are not as many of both, or the model does not have
     *     one of the adapters
     */
    public List<Generation> generateIds(
            List<int[]> prompts, AdapterRows adapters, GenerationConfig config) {
        if (prompts.size() != adapters.size()) {
            throw new IllegalArgumentException(
                    "%d prompts, and adapters for %d texts; expected as many"
                            .formatted(prompts.size(), adapters.size()));
        }
        try (ActiveAdapters.Scope scope = model.use(adapters)) {
            Map<AdapterSelection, Plan> plans = new LinkedHashMap<>();
            adapters.distinct().forEach(each -> plans.put(each, plan(config, each)));
            IntFunction<Plan> planOf =
                    i -> Objects.requireNonNull(plans.get(adapters.rows().get(i)));
            List<GrowingText> texts = texts(prompts, planOf);
            // the scores of a batch are ruled alike, and some rules know the tokens that end a text
            Map<Set<Integer>, List<GrowingText>> alike = new LinkedHashMap<>();
            for (GrowingText text : texts) {
                Set<Integer> own = planOf.apply(text.index()).ends();
                alike.computeIfAbsent(own, key -> new ArrayList<>()).add(text);
            }
            List<AdapterSelection> groups = List.copyOf(plans.keySet());
            for (List<GrowingText> group : alike.values()) {
                for (List<GrowingText> batch : batches(group)) {
                    List<GrowingText> sorted = new ArrayList<>(batch);
                    sorted.sort(
                            Comparator.comparingInt(
                                    text -> groups.indexOf(adapters.rows().get(text.index()))));
                    run(sorted, planOf.apply(sorted.get(0).index()));
                }
            }
            return texts.stream().map(GrowingText::result).toList();
        }
    }

    private List<GrowingText> texts(List<int[]> prompts, IntFunction<Plan> planOf) {
        List<GrowingText> texts = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            requireReadable(prompts.get(i), "prompt " + i);
            texts.add(growing(i, prompts.get(i), planOf.apply(i), piece -> {}));
        }
        return texts;
    }

    /** Returns batches of texts of like lengths. */
    private List<List<GrowingText>> batches(List<GrowingText> texts) {
        List<GrowingText> longestFirst = new ArrayList<>(texts);
        longestFirst.sort(Comparator.comparingInt(text -> -text.tokens().count()));
        List<List<GrowingText>> batches = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += batchSize) {
            batches.add(longestFirst.subList(from, Math.min(from + batchSize, texts.size())));
        }
        return batches;
    }

    /**
     * Returns what follows a text as a stream that generates when it is pulled, on the thread that
     * pulls it. Closing it ends the generation; so does its end. A stream that is neither closed
     * nor read to its end keeps its memory until a garbage collection finds it; a warning then
     * names where it was opened. A collection is asked for when the memory of open streams has
     * doubled.
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
        model.tokenizer(); // which makes the text
        requireReadable(prompt, "the prompt");
        Plan plan = plan(config, active().current());
        return TextStream.of(
                onText ->
                        batch(
                                List.of(growing(0, prompt, plan, onText)),
                                plan,
                                active().hold(plan.adapters())),
                streams);
    }

    private void run(List<GrowingText> texts, Plan plan) {
        try (ActiveAdapters.Scope pass = active().pass();
                GenerationBatch batch = batch(texts, plan, active().hold())) {
            while (batch.step()) {
                // each step hands out what it made
            }
        }
    }

    private GenerationBatch batch(List<GrowingText> texts, Plan plan, HeldAdapters adapters) {
        try {
            return new GenerationBatch(model, texts, plan.settings(), adapters, cancelled, tells);
        } catch (RuntimeException | Error e) {
            adapters.close();
            throw e;
        }
    }

    private ActiveAdapters active() {
        return model.block().loraContext().active();
    }

    /**
     * What is decided when a text is asked for.
     *
     * @param settings how it goes on
     * @param rules what ends it
     * @param adapters the adapters that take part
     * @param ends the tokens that end it
     */
    private record Plan(
            GenerationSettings settings,
            StopRules rules,
            AdapterSelection adapters,
            Set<Integer> ends) {}

    private Plan plan(GenerationConfig config, AdapterSelection adapters) {
        Set<Integer> own = new TreeSet<>(ends);
        own.addAll(model.learntEndTokens(adapters));
        GenerationSettings settings = defaults.settings(config, own);
        List<String> stops = settings.stopStrings();
        if (!stops.isEmpty()) {
            model.tokenizer(); // which makes the text that they are looked for in
        }
        own.addAll(config.stopTokens());
        Set<Integer> special = StopRules.special(stops, tokenizerOf(model));
        return new Plan(settings, new StopRules(own, special, stops), adapters, own);
    }

    private static @Nullable TextTokenizer tokenizerOf(LoraModel model) {
        return model.hasTokenizer() ? model.tokenizer() : null;
    }

    private GrowingText growing(int index, int[] prompt, Plan plan, Consumer<String> onText) {
        TextTokenizer tokenizer = tokenizerOf(model);
        TextAssembler assembler =
                tokenizer == null ? null : TextAssembler.of(tokenizer, plan.rules());
        int most = plan.settings().length().mostNewTokens(prompt.length);
        return new GrowingText(index, prompt, plan.rules(), assembler, most, onText);
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
                    ("%s has %s tokens, and the model has positions for %s; expected a prompt that"
                                    + " leaves room for an answer")
                            .formatted(which, ids.length, block.longestSequence()));
        }
        int words = block.vocabularySize();
        for (int id : ids) {
            if (id < 0 || id >= words) {
                throw new IllegalArgumentException(
                        ("%s has the token %s; expected ids below %s, the entries of the model's"
                                        + " word table. Tokenize with the model's own tokenizer")
                                .formatted(which, id, words));
            }
        }
    }
}
