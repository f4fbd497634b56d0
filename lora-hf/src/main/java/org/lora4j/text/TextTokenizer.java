/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import ai.djl.huggingface.tokenizers.Encoding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.chat.AddedTokens;
import org.lora4j.text.chat.ChatEncoder;
import org.lora4j.text.chat.TokenBound;
import org.lora4j.text.tokenizer.Decoding;
import org.lora4j.text.tokenizer.NativeTokenizer;
import org.lora4j.text.tokenizer.TokenizerDefinition;
import org.lora4j.text.tokenizer.UnicodeText;

/**
 * The tokenizer of a Hugging Face directory: ids and token types equal to those of transformers'
 * {@code tokenizer(text, pair, truncation=True, max_length=N)}, special tokens from the tokenizer's
 * own template, never padded. What tokenizer.json itself says of truncation and padding is left
 * out. An empty second text still makes a pair, as in transformers' batches (its call for a single
 * pair takes it for none).
 *
 * <p>Safe for concurrent use. {@link #close()} waits for the calls that run; later ones throw an
 * IllegalStateException. Whoever loads it closes it.
 */
public final class TextTokenizer implements AutoCloseable {
    private final NativeTokenizer tokenizer;
    private final NativeTokenizer decoder;
    private final TokenizerSettings settings;
    private final AddedTokens added;
    private final TokenKinds kinds;
    private final Pattern specials;
    private final Decoding decoding;
    private final int specialTokens;
    private final int specialTokensOfPair;
    private final int leadingSpecials;
    private final Path directory;
    private @Nullable ChatEncoder chat;

    private TextTokenizer(NativeTokenizers loaded, Path directory) throws IOException {
        TokenizerDefinition definition = loaded.definition();
        this.directory = directory;
        this.tokenizer = loaded.encoder();
        this.decoder = loaded.decoder();
        this.settings = TokenizerSettings.of(definition);
        this.added = AddedTokens.of(definition);
        this.kinds = TokenKinds.of(definition);
        this.specials = specials(kinds);
        this.decoding = definition.decoding();
        this.specialTokens = inserted(tokenizer.encode("", true));
        this.specialTokensOfPair = inserted(tokenizer.encode("", ""));
        this.leadingSpecials = leading(tokenizer.encode("a", true).getSpecialTokenMask());
    }

    /**
     * Loads the tokenizer that transformers would build from tokenizer.json and the settings beside
     * it. The files are checked before the native tokenizer sees them.
     *
     * @param directory a Hugging Face directory
     * @return the tokenizer, closed by the caller
     * @throws IOException if tokenizer.json is missing, or a file is broken or asks for something
     *     that is not supported
     */
    public static TextTokenizer load(Path directory) throws IOException {
        NativeTokenizers loaded = NativeTokenizers.load(directory);
        try {
            return new TextTokenizer(loaded, directory);
        } catch (IllegalArgumentException e) {
            loaded.close();
            throw new IOException(
                    "%s: cannot encode a text (%s)"
                            .formatted(directory.resolve("tokenizer.json"), e.getMessage()),
                    e);
        } catch (RuntimeException | IOException e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Tokenizes one text or pair.
     *
     * @param text the text; lone surrogates are read as U+FFFD
     * @param pair the second text, or null
     * @param maxLength the most tokens to return, special tokens included
     * @return the tokens, with index 0
     * @throws IllegalArgumentException if maxLength leaves no room beside the special tokens, or
     *     the text has more tokens than the heap has room for
     * @throws IllegalStateException if the tokenizer is closed
     */
    public TokenizedExample encode(String text, @Nullable String pair, int maxLength) {
        Objects.requireNonNull(text, "the text is null");
        return encode(0, text, pair, maxLength);
    }

    /** Tokenizes the row of a dataset that stands at a position. */
    TokenizedExample encode(int index, String text, @Nullable String pair, int maxLength) {
        int specials = pair == null ? specialTokens : specialTokensOfPair;
        if (maxLength <= specials) {
            throw new IllegalArgumentException(
                    ("max length %s leaves no room: the tokenizer adds %s special tokens; expected"
                                    + " at least %s")
                            .formatted(maxLength, specials, specials + 1));
        }
        String first = UnicodeText.wellFormed(text);
        Encoding encoding =
                pair == null ? encoding(first) : encoding(first, UnicodeText.wellFormed(pair));
        long[] ids = encoding.getIds();
        long[] types = encoding.getTypeIds();
        if (ids.length <= maxLength) {
            return new TokenizedExample(index, ints(ids), ints(types), 0);
        }
        boolean[] keep = kept(encoding, first, pair != null, maxLength - specials);
        return new TokenizedExample(
                index, select(ids, keep), select(types, keep), ids.length - maxLength);
    }

    /**
     * Tokenizes one text or pair, whole, and says what of it each token stands for.
     *
     * @param text the text; lone surrogates are read as U+FFFD
     * @param pair the second text, or null
     * @throws IllegalArgumentException if a text has more tokens than the heap has room for
     * @throws IllegalStateException if the tokenizer is closed
     */
    public AlignedTokens align(String text, @Nullable String pair) {
        String first = UnicodeText.wellFormed(text);
        if (pair == null) {
            return AlignedTokens.of(encoding(first), first, "", Integer.MAX_VALUE);
        }
        String second = UnicodeText.wellFormed(pair);
        int own = tokenizer.encode(first, false).getIds().length; // each is tokenized by itself
        return AlignedTokens.of(encoding(first, second), first, second, own);
    }

    /** Returns whether texts that are too long lose their beginning rather than their end. */
    public boolean truncatesLeft() {
        return settings.truncateLeft();
    }

    private Encoding encoding(String text) {
        TokenBound.require(tokenizer, text);
        return tokenizer.encode(text, true);
    }

    private Encoding encoding(String text, String pair) {
        TokenBound.require(tokenizer, text);
        TokenBound.require(tokenizer, pair);
        return tokenizer.encode(text, pair);
    }

    /** Which tokens of an encoding stay: all special ones, and budget tokens of the texts. */
    private boolean[] kept(Encoding encoding, String first, boolean pair, int budget) {
        long[] special = encoding.getSpecialTokenMask();
        int[] texts = new int[special.length];
        int count = 0;
        for (int i = 0; i < special.length; i++) {
            if (special[i] == 0) {
                texts[count++] = i;
            }
        }
        int split = count;
        if (pair) {
            // Each text is tokenized by itself before the template joins them.
            split = Math.min(count, tokenizer.encode(first, false).getIds().length);
        }
        Truncation stay = Truncation.longestFirst(split, count - split, budget);
        boolean[] keep = new boolean[special.length];
        for (int i = 0; i < special.length; i++) {
            keep[i] = special[i] != 0;
        }
        mark(keep, texts, 0, split, stay.first());
        mark(keep, texts, split, count, stay.second());
        return keep;
    }

    private void mark(boolean[] keep, int[] texts, int from, int to, int stay) {
        int start = settings.truncateLeft() ? to - stay : from;
        for (int i = start; i < start + stay; i++) {
            keep[texts[i]] = true;
        }
    }

    /**
     * Where the tokenizer was loaded from.
     *
     * @return the directory
     */
    public Path directory() {
        return directory;
    }

    /**
     * The longest input that tokenizer_config.json names; the model's own bound may be lower.
     *
     * @return tokens, or empty where the file sets no bound
     */
    public OptionalInt maxLength() {
        return settings.maxLength();
    }

    /**
     * The id of the padding token.
     *
     * @return the id, or empty where the tokenizer names none
     */
    public OptionalInt padId() {
        return settings.padId();
    }

    /**
     * The id of the token that ends a text (EOS), by tokenizer_config.json, else the model's
     * config.json.
     *
     * @return the id, or empty where none is named
     */
    public OptionalInt endId() {
        return settings.endId();
    }

    /**
     * Tokenizes a text whole, with the template's special tokens, and lets the end token follow
     * where there is one and the text does not end with it already.
     */
    public int[] encodeToEnd(String text) {
        int[] ids = ints(encoding(UnicodeText.wellFormed(text)).getIds());
        OptionalInt end = settings.endId();
        if (end.isEmpty() || (ids.length > 0 && ids[ids.length - 1] == end.getAsInt())) {
            return ids;
        }
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = end.getAsInt();
        return ended;
    }

    /** The end token where tokens end with it, else none. */
    public Set<Integer> endOf(int[] ids) {
        OptionalInt end = settings.endId();
        boolean ended = end.isPresent() && ids.length > 0 && ids[ids.length - 1] == end.getAsInt();
        return ended ? Set.of(end.getAsInt()) : Set.of();
    }

    /**
     * Tokenizes the start of a text, such as a prompt, whole: with the special tokens that the
     * template puts before it (BOS), without those that would follow it.
     *
     * @param start the text; lone surrogates are read as U+FFFD
     * @return token ids, none for an empty text without a start token
     * @throws IllegalStateException if the tokenizer is closed
     */
    public int[] encodeOpen(String start) {
        Encoding encoding = encoding(UnicodeText.wellFormed(start));
        long[] special = encoding.getSpecialTokenMask();
        int length = special.length;
        while (length > leadingSpecials && special[length - 1] != 0) {
            length--;
        }
        return Arrays.copyOf(ints(encoding.getIds()), length);
    }

    /**
     * Tokenizes the start of a text that should fit into a model, and does not begin to where it is
     * far too long: tokens take a hundred times the memory of their text.
     *
     * @param start the text; lone surrogates are read as U+FFFD
     * @param most how many tokens fit
     * @return token ids, in spite of the check perhaps a few more than fit
     * @throws IllegalArgumentException if it is too long by far
     * @throws IllegalStateException if the tokenizer is closed
     */
    public int[] encodeOpen(String start, int most) {
        TokenBound.require(tokenizer, start, most);
        return encodeOpen(start);
    }

    /**
     * How many special tokens the template adds.
     *
     * @param pair whether to a pair or to a single text
     * @return the count, possibly 0
     */
    public int specialTokens(boolean pair) {
        return pair ? specialTokensOfPair : specialTokens;
    }

    /**
     * The text that tokens stand for, special tokens included. Tokens are decoded together: a
     * character may be several of them.
     *
     * @param ids token ids; one that is not the tokenizer's stands for nothing
     * @return the text
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String decode(int[] ids) {
        return decode(ids, false);
    }

    /**
     * The text that tokens stand for, as transformers' {@code decode} gives it.
     *
     * @param ids token ids; one that is not the tokenizer's stands for nothing
     * @param skipSpecial whether special tokens stand for nothing too
     * @return the text
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String decode(int[] ids, boolean skipSpecial) {
        long[] each = Arrays.stream(ids).asLongStream().toArray();
        return decoding.finish(decoder.decode(each, skipSpecial));
    }

    /**
     * Puts a text into lower case, but for the special tokens in it, which are found before a
     * tokenizer changes a text. Each character becomes what it is by itself, as in the Lowercase
     * normalizer of the tokenizers library, so that a sigma at the end of a word is as any other.
     *
     * @param text the text
     */
    public String lowerCased(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        Matcher special = specials.matcher(text);
        int from = 0;
        while (special.find()) {
            lowerCase(text.substring(from, special.start()), lower);
            lower.append(special.group());
            from = special.end();
        }
        lowerCase(text.substring(from), lower);
        return lower.toString();
    }

    private static void lowerCase(String text, StringBuilder into) {
        text.codePoints().forEach(c -> into.append(Character.toString(c).toLowerCase(Locale.ROOT)));
    }

    /** The special tokens, the longest first; nothing where there are none. */
    private static Pattern specials(TokenKinds kinds) {
        return Pattern.compile(
                kinds.specialTexts().stream()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|", "(?!)|", "")));
    }

    /**
     * Which tokens are special or single bytes.
     *
     * @return the kinds of tokens
     */
    public TokenKinds kinds() {
        return kinds;
    }

    /**
     * The id of a token by its name in the tokenizer's files, such as {@code <|im_end|>}. Reads the
     * files anew at each call.
     *
     * @param name the token as the files spell it
     * @return the id, or empty where there is no such token
     * @throws UncheckedIOException if the files can no longer be read
     */
    public OptionalInt tokenId(String name) {
        try {
            return TokenizerDefinition.read(directory).knownId(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /**
     * The model's chat template with this tokenizer, read at the first call.
     *
     * @return what turns conversations into tokens; it lives as long as this tokenizer
     * @throws UncheckedIOException if the model has no chat template, or a broken one
     */
    public synchronized ChatEncoder chat() {
        ChatEncoder made = chat;
        if (made == null) {
            try {
                made = new ChatEncoder(tokenizer, added, directory, settings.endId());
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
            chat = made;
        }
        return made;
    }

    @Override
    public synchronized void close() {
        if (chat != null) {
            chat.close();
        }
        tokenizer.close();
        decoder.close();
    }

    private static int inserted(Encoding empty) {
        return (int) Arrays.stream(empty.getSpecialTokenMask()).sum();
    }

    private static int leading(long[] special) {
        int count = 0;
        while (count < special.length && special[count] != 0) {
            count++;
        }
        return count;
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    private static int[] select(long[] values, boolean[] keep) {
        return IntStream.range(0, values.length)
                .filter(i -> keep[i])
                .map(i -> Math.toIntExact(values[i]))
                .toArray();
    }
}
