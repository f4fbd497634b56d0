/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.ComponentCheck;
import org.lora4j.text.tokenizer.json.JsonFields;
import org.lora4j.text.tokenizer.json.RegexBudget;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;
import org.lora4j.text.tokenizer.json.TokenizerJson;
import org.lora4j.text.tokenizer.rules.BpeRules;
import org.lora4j.text.tokenizer.rules.ClassBuild;
import org.lora4j.text.tokenizer.rules.ClassRules;
import org.lora4j.text.tokenizer.rules.SentencePieceRules;
import org.lora4j.text.tokenizer.rules.TokenizerClasses;
import org.lora4j.text.tokenizer.rules.TokenizerConfig;
import org.lora4j.text.tokenizer.rules.UnigramBertRules;
import org.lora4j.text.tokenizer.rules.UnigramRules;
import org.lora4j.text.tokenizer.rules.WordPieceRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokenizer of a directory as transformers 5 builds it, ready for the native side. Immutable
 * but for the text that it hands out once.
 */
public final class TokenizerDefinition {
    private static final Logger LOG = LoggerFactory.getLogger(TokenizerDefinition.class);

    /** What a match of the native engine may go back before it ends the process, with room. */
    private static final int MOST_STEPS = 8_000_000;

    /** GPT-2's pattern, which ByteLevel brings along. */
    private static final String BYTE_LEVEL =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final String CLEAN_UP_BPE =
            "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output";

    private static final Map<String, ClassRules> RULES = rules();

    /** Classes that transformers builds on the tokenizers library and this release does not. */
    private static final String REFUSED_CLASSES =
            """
            LayoutLMv2Tokenizer LayoutLMv3Tokenizer LayoutXLMTokenizer MarkupLMTokenizer \
            UdopTokenizer: takes words with their places on a page, not texts
            LukeTokenizer MLukeTokenizer: takes entities beside the text
            MBartTokenizer MBart50Tokenizer NllbTokenizer SeamlessM4TTokenizer: \
            puts codes of languages around a text that is to be translated
            WhisperTokenizer LasrTokenizer ParakeetTokenizer: is for speech
            CpmTokenizerFast RoFormerTokenizer: divides words with jieba, a Python library
            NougatTokenizer: is for pages of print
            EsmcTokenizer: is for proteins, with a vocabulary of its own
            DPRReaderTokenizer DPRReaderTokenizerFast: takes questions with titles and passages
            """;

    private static final Map<String, String> REFUSED = refused();

    private final ClassBuild build;
    private final String className;
    private final TokenizerConfig config;
    private final TokenizerJson file;
    private final boolean splitsSpecialTokens;
    private final boolean truncatesLeft;
    private final Decoding decoding;
    private final int longestText;

    private TokenizerDefinition(
            ClassBuild build, String className, TokenizerConfig config, TokenizerJson file)
            throws TokenizerFormatException {
        this.build = build;
        this.className = className;
        this.config = config;
        this.file = file;
        this.splitsSpecialTokens = config.fields().flag("split_special_tokens", false);
        String side = config.fields().textOrNull("truncation_side");
        this.truncatesLeft = side == null ? file.truncateLeft() : side.equals("left");
        this.decoding = decoding(build, className, config.fields());
        this.longestText = longestText(build);
    }

    private static Decoding decoding(ClassBuild build, String className, JsonFields settings)
            throws TokenizerFormatException {
        boolean cleans = settings.flag("clean_up_tokenization_spaces", false);
        if (build.model().type().equals("BPE")) {
            cleans &= settings.flag(CLEAN_UP_BPE, false);
        }
        return new Decoding(cleans, className.equals("CLIPTokenizer") ? "</w>" : null);
    }

    private static int longestText(ClassBuild build) throws TokenizerFormatException {
        List<String> patterns = new ArrayList<>();
        collectPatterns(build.get(ComponentCheck.NORMALIZER), patterns);
        collectPatterns(build.get(ComponentCheck.PRE_TOKENIZER), patterns);
        int looks = 1;
        for (String regex : patterns) {
            looks = Math.max(looks, RegexBudget.check(regex, "the class's pattern"));
        }
        return MOST_STEPS / looks;
    }

    /** Collects the regular expressions of a component and of what lies in it. */
    private static void collectPatterns(JsonElement element, List<String> found) {
        if (element instanceof JsonArray parts) {
            parts.forEach(each -> collectPatterns(each, found));
        } else if (element instanceof JsonObject object) {
            if (object.has("Regex")) {
                found.add(object.get("Regex").getAsString());
            }
            if (object.has("use_regex") && object.get("use_regex").getAsBoolean()) {
                found.add(BYTE_LEVEL);
            }
            object.entrySet().forEach(each -> collectPatterns(each.getValue(), found));
        }
    }

    private static Map<String, ClassRules> rules() {
        Map<String, ClassRules> rules = new HashMap<>();
        rules.put(TokenizerClasses.PLAIN, new ClassRules());
        BpeRules.addTo(rules);
        SentencePieceRules.addTo(rules);
        WordPieceRules.addTo(rules);
        Map<String, ClassRules> scored = new HashMap<>();
        UnigramRules.addTo(scored);
        UnigramBertRules.addTo(scored);
        scored.values().forEach(ClassRules::needsScores);
        rules.putAll(scored);
        return rules;
    }

    private static Map<String, String> refused() {
        Map<String, String> refused = new HashMap<>();
        for (String line : REFUSED_CLASSES.lines().toList()) {
            int colon = line.indexOf(": ");
            for (String name : line.substring(0, colon).split(" ", -1)) {
                refused.put(name, line.substring(colon + 2));
            }
        }
        return refused;
    }

    /**
     * Reads and checks the tokenizer of a directory.
     *
     * @param directory a Hugging Face directory with a tokenizer.json
     * @return the tokenizer, not yet loaded by the native side
     * @throws IOException if a file is broken, asks for something that is not supported, or could
     *     end the process; the message has the file's path
     */
    public static TokenizerDefinition read(Path directory) throws IOException {
        Path tokenizer = directory.resolve("tokenizer.json");
        TokenizerJson file;
        try {
            file = TokenizerJson.read(tokenizer);
        } catch (TokenizerFormatException e) {
            throw new IOException(tokenizer + ": " + e.getMessage(), e);
        }
        Path settings = directory.resolve("tokenizer_config.json");
        try {
            TokenizerConfig config = TokenizerConfig.read(directory, file);
            config.refuseUnknown();
            TokenizerClasses.Choice choice = TokenizerClasses.choose(config, file.byteLevel());
            String why = REFUSED.get(choice.name());
            ClassRules rules = RULES.get(choice.name());
            if (why != null || rules == null) {
                throw new TokenizerFormatException(
                        "the tokenizer_class %s %s, and is not supported; set \"tokenizer_class\""
                                + " to \"TokenizersBackend\" to use tokenizer.json as it is",
                        choice.name(), why == null ? "is not known" : why);
            }
            boolean rebuilt = choice.kind() == TokenizerClasses.Kind.REBUILT;
            if (rebuilt && rules.isNeedingScores() && !file.model().vocabulary().scored()) {
                LOG.warn(
                        "{}: the tokenizer class of this model, {}, needs a model of the type"
                                + " Unigram, found {}, and cannot be built; tokenizer.json is taken"
                                + " as it is",
                        tokenizer,
                        choice.name(),
                        file.model().type());
                choice = TokenizerClasses.plain();
                rules = Objects.requireNonNull(RULES.get(choice.name()));
                rebuilt = false;
            }
            ClassBuild build = ClassBuild.of(file, config, rules, rebuilt);
            return new TokenizerDefinition(build, choice.name(), config, file);
        } catch (TokenizerFormatException e) {
            Path blamed = Files.exists(settings) ? settings : tokenizer;
            throw new IOException(blamed + ": " + e.getMessage(), e);
        }
    }

    /**
     * The tokenizer.json that the native side loads.
     *
     * @param added which added tokens it finds in a text
     * @return JSON text
     */
    public String json(Found added) {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.setHtmlSafe(false);
            json.beginObject();
            json.name("version").value("1.0");
            json.name("truncation").nullValue();
            json.name("padding").nullValue();
            json.name("added_tokens");
            if (added == Found.ALL) {
                build.added().write(json);
            } else {
                writeOthers(json, added);
            }
            for (ComponentCheck component : ComponentCheck.values()) {
                boolean kept = added != Found.NONE || component != ComponentCheck.POST_PROCESSOR;
                JsonElement part = build.get(component);
                json.name(component.field()).jsonValue(kept ? part.toString() : "null");
            }
            json.name("model");
            build.model().write(json);
            json.endObject();
        } catch (IOException e) {
            throw new IllegalStateException(e); // a StringWriter does not fail
        }
        return text.toString();
    }

    /** Which added tokens a native tokenizer finds in a text. */
    public enum Found {
        /** All of them. */
        ALL,
        /** All but the special ones, which are divided as any text. */
        NOT_SPECIAL,
        /** None. */
        NONE
    }

    /**
     * Without the special tokens; where others follow them in the count of ids, a text that no
     * document has stands in their place.
     */
    private void writeOthers(JsonWriter json, Found found) throws IOException {
        json.beginArray();
        if (found == Found.NOT_SPECIAL) {
            Map<Integer, AddedToken> tokens = build.added().byId();
            int last = -1;
            for (Map.Entry<Integer, AddedToken> entry : tokens.entrySet()) {
                last = entry.getValue().special() ? last : entry.getKey();
            }
            for (Map.Entry<Integer, AddedToken> entry : tokens.entrySet()) {
                int id = entry.getKey();
                if (!entry.getValue().special()) {
                    entry.getValue().write(json, id);
                } else if (id < last
                        && build.model().vocabulary().get(entry.getValue().content()) == null) {
                    AddedToken.of("\uDBFF\uDFFF" + id + "\uDBFF\uDFFE", true).write(json, id);
                }
            }
        }
        json.endArray();
    }

    /**
     * The class of transformers whose tokens these are.
     *
     * @return a name such as LlamaTokenizer; TokenizersBackend for tokenizer.json as it is
     */
    public String className() {
        return className;
    }

    /**
     * Whether special tokens in a text are divided as any text, as {@code split_special_tokens}
     * asks.
     *
     * @return false unless tokenizer_config.json asks so
     */
    public boolean splitsSpecialTokens() {
        return splitsSpecialTokens;
    }

    /**
     * What is done to a decoded text.
     *
     * @return the last steps of decoding
     */
    public Decoding decoding() {
        return decoding;
    }

    /**
     * The longest text that is handed to the native side at once.
     *
     * @return characters
     */
    public int longestText() {
        return longestText;
    }

    /**
     * The ids of special tokens by their text: those that no text of a user may become.
     *
     * @return ids by text
     */
    public Map<String, Integer> special() {
        return build.added().ids(true);
    }

    /**
     * The ids of the other added tokens by their text.
     *
     * @return ids by text
     */
    public Map<String, Integer> others() {
        return build.added().ids(false);
    }

    /**
     * Finds a named special token.
     *
     * @param name such as eos_token
     * @return its text, or null where neither the settings nor the class name one
     */
    public @Nullable String token(String name) {
        AddedToken token = build.named().get(name);
        return token == null ? null : token.content();
    }

    /**
     * The text that marks a gap to be filled, at which the class divides a single text.
     *
     * @return CodeLlama's fill_token, or null for other classes and where it is set to null
     */
    @Nullable String gap() {
        String token = className.equals("CodeLlamaTokenizer") ? token("fill_token") : null;
        return token == null || token.isEmpty() ? null : token;
    }

    /**
     * All named special tokens.
     *
     * @return texts by name
     */
    public Map<String, String> tokens() {
        Map<String, String> texts = new LinkedHashMap<>();
        build.named().forEach((name, token) -> texts.put(name, token.content()));
        return texts;
    }

    /**
     * Finds a token's id.
     *
     * @param text its text as the vocabulary writes it, or null
     * @return the id, or empty where no token has this text
     */
    public OptionalInt id(@Nullable String text) {
        return text == null ? OptionalInt.empty() : build.added().id(text);
    }

    /**
     * Finds a token's id among those that the files themselves have. A class of transformers adds
     * tokens of its own where the files have none, with ids that the model has no rows for.
     *
     * @param text its text, or null
     * @return the id, or empty where the files have no token with this text
     */
    public OptionalInt knownId(@Nullable String text) {
        boolean known =
                text != null
                        && (build.model().vocabulary().get(text) != null
                                || Stream.concat(
                                                file.added().stream().map(entry -> entry.token()),
                                                config.added().values().stream())
                                        .anyMatch(token -> token.content().equals(text)));
        return known ? id(text) : OptionalInt.empty();
    }

    /**
     * The id with which tokenizer.json asks to pad.
     *
     * @return the id, or empty where it does not ask
     */
    public OptionalInt paddingId() {
        Integer id = file.paddingId();
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Returns the longest input in tokens, none where the settings have no bound. */
    public OptionalInt maxLength() {
        return config.maxLength();
    }

    /** Returns the model's own end token, the first of several. */
    public OptionalInt modelEnd() {
        return config.modelEnd();
    }

    /**
     * Whether tokens are cut off at the start of a text.
     *
     * @return by tokenizer_config.json, else by tokenizer.json
     */
    public boolean truncatesLeft() {
        return truncatesLeft;
    }

    /**
     * Tokens that stand for a single byte that has no characters of its own.
     *
     * @return their ids, none where the decoder knows no such tokens
     */
    public BitSet bytes() {
        BitSet ids = new BitSet();
        if (build.get(ComponentCheck.DECODER).toString().contains("\"ByteFallback\"")) {
            build.model().bytes().forEach(piece -> ids.set(piece.id()));
        }
        return ids;
    }
}
