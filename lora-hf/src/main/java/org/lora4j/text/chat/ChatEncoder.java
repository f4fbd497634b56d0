/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lora4j.jinja.TemplateException;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.SampleTokens;
import org.lora4j.text.tokenizer.NativeTokenizer;
import org.lora4j.text.tokenizer.TokenizerDefinition;
import org.lora4j.text.tokenizer.TokenizerDefinition.Found;

/**
 * Turns conversations into tokens: renders the model's chat template and tokenizes the text as it
 * is, since the template writes the special tokens itself. A special token that somebody wrote into
 * a message stays text: {@code </s>} typed by a user is the characters of it and ends nothing.
 *
 * <p>Equal to transformers' {@code apply_chat_template(..., sanitize_control_tokens=True)} where
 * the control tokens are the special ones. Safe for concurrent use while its tokenizer is open.
 */
public final class ChatEncoder {
    private final NativeTokenizer tokenizer;
    private final Path directory;
    private final ChatTemplate template;
    private final AddedTokens added;
    private final ControlTokens control;
    private final Set<Integer> ends;
    private final Set<Integer> otherAdded;
    private final int[] newline;
    private @Nullable NativeTokenizer plain;
    private boolean closed;

    public ChatEncoder(
            NativeTokenizer tokenizer, AddedTokens added, Path directory, OptionalInt endId)
            throws IOException {
        this.tokenizer = tokenizer;
        this.directory = directory;
        this.template = ChatTemplate.load(directory);
        this.added = added;
        this.control = new ControlTokens(added.special().keySet());
        this.ends = new HashSet<>(added.special().values());
        endId.ifPresent(ends::add);
        this.otherAdded = Set.copyOf(added.others().values());
        this.newline = ids(tokenizer.encode("\n", false));
    }

    /**
     * The template.
     *
     * @return the model's chat template
     */
    public ChatTemplate template() {
        return template;
    }

    /**
     * The tokens of a conversation.
     *
     * @param conversation the messages
     * @param options how to render them; {@link ChatOptions#PROMPT} for what a model goes on from
     * @return token ids
     * @throws TemplateException if the template refuses the conversation or fails
     * @throws IllegalArgumentException if there are no messages, a message has a special token that
     *     the tokenizer cannot write as text, or there are more tokens than the heap has room for
     */
    public int[] encode(Conversation conversation, ChatOptions options) {
        return encode(conversation, options, Integer.MAX_VALUE);
    }

    /**
     * The tokens of a conversation that should fit into a model; one that is far too long is not
     * tokenized, since tokens take a hundred times the memory of their text.
     *
     * @param conversation the messages
     * @param options how to render them
     * @param most how many tokens fit
     * @return token ids, in spite of the check perhaps a few more than fit
     * @throws TemplateException if the template refuses the conversation or fails
     * @throws IllegalArgumentException if there are no messages, a message has a special token that
     *     the tokenizer cannot write as text, or the conversation is too long by far
     */
    public int[] encode(Conversation conversation, ChatOptions options, int most) {
        String marked = template.render(control.mark(conversation), control.mark(options)).text();
        TokenBound.require(tokenizer, marked, most);
        return encode(marked).ids();
    }

    /**
     * What a model learns from a conversation: the assistant's messages and the token that ends
     * each.
     *
     * @param conversation the messages
     * @param lossOn whether everything else is learnt as well
     * @return one sequence; or, where the template renders an earlier answer in another way than
     *     the last one, one for each answer
     * @throws TemplateException if the template refuses the conversation or fails
     * @throws IllegalArgumentException if no message is the assistant's, or it cannot be told which
     *     part of the text is theirs or where it ends
     */
    public List<SampleTokens> samples(Conversation conversation, LossOn lossOn) {
        Conversation marked = control.mark(conversation);
        if (lossOn == LossOn.ALL) {
            int[] ids = encode(template.render(marked, ChatOptions.TRANSCRIPT).text()).ids();
            boolean[] learnt = new boolean[ids.length];
            Arrays.fill(learnt, true);
            return List.of(new SampleTokens(ids, learnt, false, ends(marked)));
        }
        return answers(marked);
    }

    private List<SampleTokens> answers(Conversation marked) {
        return AssistantText.find(template, marked).stream()
                .map(text -> LearntTokens.of(encode(text.text()), text, this))
                .toList();
    }

    /** The tokens that end the assistant's messages; none where that cannot be told. */
    private Set<Integer> ends(Conversation marked) {
        try {
            return answers(marked).stream()
                    .flatMap(sample -> sample.ends().stream())
                    .collect(Collectors.toSet());
        } catch (IllegalArgumentException e) {
            return Set.of(); // learning the whole text needs none
        }
    }

    /** Whether a token can end a message: special tokens can. */
    boolean ends(int id) {
        return ends.contains(id);
    }

    /** Whether a token is an added one that is not special, yet may end a message. */
    boolean mayEnd(int id) {
        return otherAdded.contains(id);
    }

    /** Tokenizes a rendered text with marks. */
    ChatTokens encode(String marked) {
        TokenBound.require(tokenizer, marked);
        List<ControlTokens.Piece> pieces = control.pieces(marked);
        ChatTokens.Builder tokens = new ChatTokens.Builder(marked);
        for (int i = 0; i < pieces.size(); i++) {
            ControlTokens.Piece piece = pieces.get(i);
            NativeTokenizer by = piece.control() ? plain() : tokenizer;
            int from = tokens.size();
            if (i == 0) {
                append(tokens, by.encode(piece.text(), false), 0, piece.start());
            } else {
                appendInside(tokens, by, piece);
            }
            Integer id = piece.control() ? added.special().get(piece.text()) : null;
            if (id != null && tokens.contains(id, from)) {
                throw new IllegalArgumentException(
                        "a message has the special token %s, which the tokenizer cannot write as text: its vocabulary has it too; take it out of the message"
                                .formatted(piece.text()));
            }
        }
        return tokens.build();
    }

    /** After a newline, lest a SentencePiece tokenizer put a space before the piece. */
    private void appendInside(
            ChatTokens.Builder tokens, NativeTokenizer by, ControlTokens.Piece piece) {
        Encoding after = by.encode("\n" + piece.text(), false);
        int[] ids = ids(after);
        boolean separate =
                ids.length >= newline.length
                        && Arrays.equals(ids, 0, newline.length, newline, 0, newline.length);
        if (separate) {
            append(tokens, after, newline.length, piece.start() - 1);
        } else {
            append(tokens, by.encode(piece.text(), false), 0, piece.start());
        }
    }

    private static void append(ChatTokens.Builder tokens, Encoding encoding, int from, int shift) {
        int[] ids = ids(encoding);
        CharSpan[] spans = encoding.getCharTokenSpans();
        for (int i = from; i < ids.length; i++) {
            CharSpan span = spans[i];
            int start = span == null ? tokens.end() : span.getStart() + shift;
            int end = span == null ? start : span.getEnd() + shift;
            tokens.add(ids[i], start, end);
        }
    }

    private static int[] ids(Encoding encoding) {
        return Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
    }

    /** The tokenizer without its added tokens; few conversations need it. */
    private synchronized NativeTokenizer plain() {
        if (closed) {
            throw new IllegalStateException("the tokenizer is closed");
        }
        NativeTokenizer made = plain;
        if (made == null) {
            try {
                made = NativeTokenizer.load(TokenizerDefinition.read(directory), Found.NONE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            plain = made;
        }
        return made;
    }

    public synchronized void close() {
        closed = true;
        if (plain != null) {
            plain.close();
            plain = null;
        }
    }
}
