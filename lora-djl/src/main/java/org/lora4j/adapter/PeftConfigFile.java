/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TrainableTokens;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.json.PythonJson;

/**
 * PEFT's adapter_config.json as peft {@value #PEFT_VERSION} writes it: the configuration of one
 * method and what else the file holds. Keys that are not known, and values that were not changed,
 * are written back as they were. Immutable.
 */
public final class PeftConfigFile {
    /** The file's name in an adapter's directory. */
    public static final String FILE_NAME = "adapter_config.json";

    /** The version of PEFT whose keys are written. */
    public static final String PEFT_VERSION = "0.21.2";

    private final JsonObject source;
    private final @Nullable AdapterConfig parsed;
    private final AdapterConfig method;

    private PeftConfigFile(
            JsonObject source, @Nullable AdapterConfig parsed, AdapterConfig method) {
        this.source = source;
        this.parsed = parsed;
        this.method = method;
    }

    /**
     * A new file for a configuration, all else as PEFT's defaults.
     *
     * @param method the configuration
     * @return the file
     */
    public static PeftConfigFile of(AdapterConfig method) {
        return new PeftConfigFile(new JsonObject(), null, method);
    }

    /**
     * Reads a file. Missing keys have PEFT's defaults: r = 8, lora_alpha = 8, no dropout.
     *
     * @param file the file
     * @return what it holds
     * @throws UnsupportedAdapterException if it asks for features that cannot be honoured, with all
     *     of them
     * @throws InvalidAdapterException if PEFT itself would not accept it
     * @throws IOException if it cannot be read
     */
    public static PeftConfigFile read(Path file) throws IOException {
        return parse(JsonText.load(file), file);
    }

    /**
     * Reads the text of a file.
     *
     * @param text the JSON
     * @param file where it is from, for messages
     * @return what it holds
     * @throws UnsupportedAdapterException if it asks for features that cannot be honoured, with all
     *     of them
     * @throws InvalidAdapterException if PEFT itself would not accept it
     * @throws IOException in these two cases only
     */
    public static PeftConfigFile parse(String text, Path file) throws IOException {
        JsonObject source = JsonText.parseObject(text, file);
        // Only valid at run time; PEFT drops it too.
        source.remove("runtime_config");
        List<String> unsupported = PeftFeatures.unsupported(source);
        if (!unsupported.isEmpty()) {
            throw new UnsupportedAdapterException(file, unsupported);
        }
        AdapterConfig method =
                switch (source.get("peft_type").getAsString()) {
                    case "IA3" -> Ia3Fields.read(source, file);
                    case "TRAINABLE_TOKENS" -> TokenFields.read(source, file);
                    case "PROMPT_TUNING" -> PromptFields.read(source, file, false);
                    case "P_TUNING" -> PromptFields.read(source, file, true);
                    default -> PeftConfigReader.read(source, file);
                };
        return new PeftConfigFile(source, method, method);
    }

    /**
     * Returns the configuration. Of a file that was read, names in target_modules may match nothing
     * (allowUnmatched is true), and the seed is 0: PEFT stores none.
     *
     * @return the LoRA part of the file
     * @throws IllegalStateException if the file is of another method
     */
    public LoraConfig lora() {
        return as(LoraConfig.class);
    }

    /**
     * Returns the configuration of whichever method the file is of. Of a file that was read, names
     * in target_modules may match nothing (allowUnmatched is true).
     *
     * @return a LoraConfig, or that of another method
     */
    public AdapterConfig method() {
        return method;
    }

    private <C extends AdapterConfig> C as(Class<C> type) {
        if (!type.isInstance(method)) {
            throw new IllegalStateException(
                    ("the adapter is of the method %s, which this does not apply to; expected one"
                                    + " of %s")
                            .formatted(
                                    method.peftType(),
                                    type == LoraConfig.class ? "LORA" : type.getSimpleName()));
        }
        return type.cast(method);
    }

    /**
     * Returns what the adapter is for.
     *
     * @return one of PEFT's task types, such as "SEQ_CLS" or "CAUSAL_LM", or null
     */
    public @Nullable String taskType() {
        return text("task_type");
    }

    /**
     * Returns the class of the base model, which PEFT writes where there is no task type:
     * auto_mapping's base_model_class.
     *
     * @return such as "BertForTokenClassification", or null
     */
    public @Nullable String baseModelClass() {
        JsonElement mapping = source.get("auto_mapping");
        JsonElement name =
                mapping instanceof JsonObject entries ? entries.get("base_model_class") : null;
        return name != null && JsonFields.isText(name) ? name.getAsString() : null;
    }

    /**
     * Returns the base model.
     *
     * @return a path or a hub name, or null
     */
    public @Nullable String baseModelNameOrPath() {
        return text("base_model_name_or_path");
    }

    /**
     * Returns the revision of the base model.
     *
     * @return a branch, tag or commit, or null
     */
    public @Nullable String revision() {
        return text("revision");
    }

    /**
     * Returns the PEFT that wrote the file that was read.
     *
     * @return its version, or null in a new or an old file
     */
    public @Nullable String writtenBy() {
        return text("peft_version");
    }

    /**
     * Whether PEFT trains the word table and the vocabulary projection as one: its
     * ensure_weight_tying. Files then have the tensors of both and list only one of them.
     *
     * @return the flag
     */
    public boolean ensuresWeightTying() {
        return JsonFields.isTruthy(source.get("ensure_weight_tying"));
    }

    /** Whether A and B began with gradients, as PEFT's lora_ga. */
    boolean beginsWithGradients() {
        JsonElement init = source.get("init_lora_weights");
        return init != null
                && JsonFields.isText(init)
                && init.getAsString().equals(PeftInits.LORA_GA);
    }

    /**
     * Returns the keys that are set but that PEFT does not have. They are kept and have no effect.
     *
     * @return keys in the order of the file
     */
    public List<String> unknownKeys() {
        Set<String> known = PeftDefaults.create(method.peftType()).keySet();
        return source.entrySet().stream()
                .filter(entry -> JsonFields.isTruthy(entry.getValue()))
                .map(Map.Entry::getKey)
                .filter(key -> !known.contains(key) && !PeftDefaults.FORMER.contains(key))
                .toList();
    }

    /**
     * Whether the base weights are (in, out), as GPT-2's Conv1D stores them. A and B are not
     * affected.
     *
     * @return PEFT's fan_in_fan_out
     */
    public boolean fanInFanOut() {
        return JsonFields.isTruthy(source.get("fan_in_fan_out"));
    }

    /**
     * Returns a copy with another configuration; what it leaves as it was stays in the file as it
     * was.
     *
     * @param value the configuration
     * @return the copy
     */
    public PeftConfigFile withLora(LoraConfig value) {
        return withMethod(value);
    }

    /**
     * Returns a copy with another configuration; what it leaves as it was stays in the file as it
     * was.
     *
     * @param value the configuration
     * @return the copy
     */
    public PeftConfigFile withMethod(AdapterConfig value) {
        return new PeftConfigFile(source, parsed, value);
    }

    /**
     * Returns a copy for another task.
     *
     * @param value one of PEFT's task types, or null
     * @return the copy
     * @throws IllegalArgumentException if PEFT knows no such task type
     */
    public PeftConfigFile withTaskType(@Nullable String value) {
        if (value != null && !PeftConfigReader.TASK_TYPES.contains(value)) {
            throw new IllegalArgumentException(
                    "task type: expected one of %s, found %s"
                            .formatted(PeftConfigReader.TASK_TYPES, value));
        }
        return with("task_type", textOrNull(value));
    }

    /**
     * Returns a copy for another base model.
     *
     * @param nameOrPath a path or a hub name, or null
     * @param revision a branch, tag or commit, or null
     * @return the copy
     */
    public PeftConfigFile withBaseModel(@Nullable String nameOrPath, @Nullable String revision) {
        return with("base_model_name_or_path", textOrNull(nameOrPath))
                .with("revision", textOrNull(revision));
    }

    /**
     * Returns a copy that says what PEFT notes of the model beside a soft prompt.
     *
     * @param width the length of a word vector
     * @param layers the model's layers
     * @param heads its attention heads
     * @param tokenizer where the tokenizer of a prompt's text is from, or null where it has none
     * @return the copy
     */
    public PeftConfigFile withPromptOf(
            int width, int layers, int heads, @Nullable String tokenizer) {
        PeftConfigFile copy =
                with("token_dim", new JsonPrimitive(width))
                        .with("num_layers", new JsonPrimitive(layers))
                        .with("num_attention_heads", new JsonPrimitive(heads));
        return tokenizer == null
                ? copy
                : copy.with("tokenizer_name_or_path", new JsonPrimitive(tokenizer));
    }

    /**
     * Returns the length of the vectors of a soft prompt, PEFT's token_dim.
     *
     * @return the length; empty where the file does not say it
     */
    public OptionalInt promptWidth() {
        return source.get("token_dim") instanceof JsonPrimitive width
                ? OptionalInt.of(width.getAsInt())
                : OptionalInt.empty();
    }

    /**
     * Returns a copy with PEFT's fan_in_fan_out set.
     *
     * @param value whether the base weights are (in, out)
     * @return the copy
     */
    public PeftConfigFile withFanInFanOut(boolean value) {
        return with("fan_in_fan_out", new JsonPrimitive(value));
    }

    /**
     * Returns the file's text, byte for byte what Python's {@code json.dumps(config, indent=2,
     * sort_keys=True)} gives. Names of modules are sorted, since PEFT keeps them as a set. A
     * rank_pattern or alpha_pattern whose order decides between two keys that may match the same
     * module keeps its order, which PEFT would lose.
     *
     * @return the text, without a line feed at its end
     */
    public String toJson() {
        JsonObject json = PeftDefaults.create(method.peftType());
        source.entrySet().forEach(entry -> json.add(entry.getKey(), entry.getValue()));
        json.addProperty("peft_type", method.peftType());
        json.addProperty("peft_version", PEFT_VERSION);
        json.addProperty("inference_mode", true);
        if (method instanceof LoraConfig) {
            putLora(json);
        } else if (method instanceof Ia3Config) {
            Ia3Fields.write(writer(json, Ia3Config.class));
        } else if (method instanceof TrainableTokensConfig) {
            TokenFields.write(writer(json, TrainableTokensConfig.class));
        } else {
            PromptFields.write(writer(json, SoftPromptConfig.class));
        }
        return PythonJson.write(json, ordered(json));
    }

    private void putLora(JsonObject json) {
        put(json, "r", LoraConfig::rank, JsonPrimitive::new);
        put(json, "lora_alpha", LoraConfig::alpha, PythonJson::integralOrFloat);
        put(json, "lora_dropout", LoraConfig::dropout, JsonPrimitive::new);
        put(json, "use_rslora", LoraConfig::rslora, JsonPrimitive::new);
        put(json, "lora_bias", LoraConfig::loraBias, JsonPrimitive::new);
        put(json, "use_dora", LoraConfig::dora, JsonPrimitive::new);
        put(
                json,
                "init_lora_weights",
                c -> new Beginning(c.init(), c.initIterations()),
                Beginning::json);
        put(json, "bias", c -> c.bias().name().toLowerCase(Locale.ROOT), JsonPrimitive::new);
        put(json, "target_modules", ModuleSelection::targets, ModuleSelection::json);
        put(
                json,
                "exclude_modules",
                c -> ModuleSelection.excluded(c.targets()),
                ModuleSelection::json);
        put(
                json,
                "layers_to_transform",
                c -> c.targets().layersToTransform(),
                PeftConfigFile::arrayOrNull);
        put(json, "layers_pattern", c -> c.targets().layersPattern(), PeftConfigFile::arrayOrNull);
        put(json, "rank_pattern", c -> inOrder(c.rankPattern()), PeftConfigFile::numbers);
        put(json, "alpha_pattern", c -> inOrder(c.alphaPattern()), PeftConfigFile::numbers);
        put(json, "target_parameters", LoraConfig::targetParameters, PeftConfigFile::arrayOrNull);
        putModulesToSave(json);
        put(json, "trainable_token_indices", LoraConfig::tokens, PeftConfigFile::tokens);
        PeftVariants.write(writer(json, LoraConfig.class));
    }

    private <C extends AdapterConfig> FieldWriter<C> writer(JsonObject json, Class<C> type) {
        C before = type.isInstance(parsed) ? type.cast(parsed) : null;
        return new FieldWriter<>(source, json, before, as(type));
    }

    private <T> void put(
            JsonObject json,
            String key,
            Function<LoraConfig, T> field,
            Function<? super T, ? extends JsonElement> write) {
        writer(json, LoraConfig.class).put(key, field, write);
    }

    /** PEFT appends the heads of a task again at each round trip; here each is written once. */
    private void putModulesToSave(JsonObject json) {
        boolean repeated =
                source.get("modules_to_save") instanceof JsonArray array
                        && array.size() != method.modulesToSave().size();
        if (repeated) {
            json.add("modules_to_save", arrayOrNull(method.modulesToSave()));
        } else {
            put(json, "modules_to_save", LoraConfig::modulesToSave, PeftConfigFile::arrayOrNull);
        }
    }

    private static Set<JsonObject> ordered(JsonObject json) {
        Set<JsonObject> ordered = Collections.newSetFromMap(new IdentityHashMap<>());
        for (String key : List.of("rank_pattern", "alpha_pattern")) {
            if (json.get(key) instanceof JsonObject pattern && PatternOrder.mustStay(pattern)) {
                ordered.add(pattern);
            }
        }
        return ordered;
    }

    /** What A and B begin with. */
    private record Beginning(Init init, int iterations) {
        JsonElement json() {
            return PeftInits.json(init, iterations);
        }
    }

    private static JsonElement arrayOrNull(Collection<?> values) {
        return values.isEmpty() ? JsonNull.INSTANCE : PythonJson.array(values);
    }

    private static JsonElement tokens(TrainableTokens tokens) {
        if (tokens.byModule().isEmpty()) {
            return arrayOrNull(tokens.ofInputs());
        }
        JsonObject object = new JsonObject();
        tokens.byModule().forEach((name, ids) -> object.add(name, PythonJson.array(ids)));
        return object;
    }

    private static JsonObject numbers(List<? extends Map.Entry<String, ? extends Number>> values) {
        JsonObject object = new JsonObject();
        for (Map.Entry<String, ? extends Number> value : values) {
            double number = value.getValue().doubleValue();
            object.add(value.getKey(), PythonJson.integralOrFloat(number));
        }
        return object;
    }

    /** As a list, since two maps are equal whatever their order. */
    private static <V> List<Map.Entry<String, V>> inOrder(Map<String, V> map) {
        return new ArrayList<>(map.entrySet());
    }

    private static JsonElement textOrNull(@Nullable String text) {
        return text == null ? JsonNull.INSTANCE : new JsonPrimitive(text);
    }

    private PeftConfigFile with(String key, JsonElement value) {
        JsonObject copy = source.deepCopy();
        copy.add(key, value);
        return new PeftConfigFile(copy, parsed, method);
    }

    private @Nullable String text(String key) {
        JsonElement value = source.get(key);
        return value == null || value.isJsonNull() ? null : value.getAsString();
    }
}
