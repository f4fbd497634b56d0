/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Combination;
import org.lora4j.djl.Injection;
import org.lora4j.hf.adapter.ModelAdapters;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.ModelLife;
import org.lora4j.hf.embed.EmbeddingModel;
import org.lora4j.hf.embed.TextVectors;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.text.TextModel;
import org.lora4j.text.TextTarget;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.table.LabelSet;
import org.lora4j.torch.TensorDtype;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.joint.BatchJoin;
import org.lora4j.train.joint.JointModel;

/**
 * A Hugging Face model that adapters are added to, trained in, and saved from: PEFT's calls.
 *
 * <p>The model owns its weights, its adapters and its tokenizer and frees them when closed.
 *
 * <p>Thread-safe: any number of threads may run the model, each with its own adapter ({@link
 * #use}), while others change it. A pass, which is a forward pass of {@link #block}, a generation,
 * an evaluation or a training, keeps the adapters that are active when it begins; changes are seen
 * by passes that begin later, as a whole. Calls that free memory wait for the passes that use it,
 * and are refused with an IllegalStateException inside a pass of the same thread: delete, unload,
 * replace, merge and unmerge. A training owns what it trains until it ends.
 *
 * <p>Everything but passes acts on the default selection, whatever scope is open on the thread.
 * After {@link #close}, every call ends with an IllegalStateException.
 */
public final class LoraModel implements AutoCloseable, TextModel, JointModel {
    private final LoadedModel loaded;
    private final ModelLife life;
    private final ModelAdapters adapters;

    LoraModel(LoadedModel loaded) {
        this.loaded = loaded;
        this.life = new ModelLife(loaded.active());
        this.adapters = new ModelAdapters(loaded, life);
    }

    /**
     * Loads a model onto the CPU, in float32.
     *
     * @param directory a Hugging Face model directory: config.json, safetensors, tokenizer.json;
     *     without the last it takes token ids only
     * @param task what it is for; a head that the checkpoint does not have is drawn
     * @throws IOException if the directory does not hold a model of a supported family
     */
    public static LoraModel load(Path directory, Task task) throws IOException {
        return load(directory, task, LoadOptions.defaults());
    }

    /**
     * Loads a model.
     *
     * @param directory a Hugging Face model directory
     * @param task what it is for
     * @param options where and how
     * @throws IOException if the directory does not hold a model of a supported family
     */
    public static LoraModel load(Path directory, Task task, LoadOptions options)
            throws IOException {
        return new LoraModel(ModelLoader.load(directory, task, options));
    }

    /**
     * Loads a model for the task of an adapter, with the adapter, active and frozen.
     *
     * @param directory a Hugging Face model directory
     * @param adapter a PEFT directory
     * @param options where and how
     * @throws IOException if either is not valid or the adapter is of another base
     */
    public static LoraModel load(Path directory, Path adapter, LoadOptions options)
            throws IOException {
        return AdapterTask.of(directory, adapter).load(directory, adapter, options);
    }

    /**
     * Adds a new adapter, makes it the active one and the only thing that trains. The head trains
     * whole with it, as does any layer that the checkpoint did not have.
     *
     * @param name a new name
     * @param config what to adapt; no targets means the family's own
     * @return what was adapted
     * @throws IllegalArgumentException if the name is taken, a target matches nothing, or a module
     *     that cannot be replaced is to train whole
     */
    public Injection addAdapter(String name, AdapterConfig config) {
        return adapters.add(name, config);
    }

    /**
     * Loads an adapter from a PEFT directory, frozen, and makes it the active one.
     *
     * @param name a new name
     * @param directory the PEFT directory
     * @return what was adapted
     * @throws IOException if the directory is not a valid adapter, asks for what cannot be
     *     honoured, was trained with other labels, or was made for another base; every tensor that
     *     differs is named, and the model is as it was
     */
    public Injection loadAdapter(String name, Path directory) throws IOException {
        return adapters.load(name, directory);
    }

    /**
     * Loads an adapter as {@link #loadAdapter} does, and leaves which adapters are active, and what
     * trains, as they are: PEFT's load_adapter.
     *
     * @param name a new name
     * @param directory the PEFT directory
     * @return what was adapted
     * @throws IOException as {@link #loadAdapter}
     */
    public Injection loadInactiveAdapter(String name, Path directory) throws IOException {
        return adapters.loadInactive(name, directory);
    }

    /**
     * Loads every adapter of a directory in PEFT's layout: "default" in the directory itself,
     * others in directories of their names below. All are frozen; the first is the active one.
     * Either all are loaded or none.
     *
     * @param directory what PEFT's save_pretrained, or {@link #saveAdapters}, was given
     * @return the adapters' names
     * @throws IOException as {@link #loadAdapter}, or if there are none
     */
    public List<String> loadAdapters(Path directory) throws IOException {
        return adapters.loadAll(directory);
    }

    /**
     * Adds an adapter that is the weighted sum of others: PEFT's add_weighted_adapter. It is
     * frozen, and the active one.
     *
     * @param name a new name
     * @param parts the adapters, and the weight of each
     * @param combination how the sum becomes one adapter
     * @return what carries it
     * @throws IllegalArgumentException if the name is taken, a part does not exist, or several
     *     parts have their own copy of the same head, other module or bias
     */
    public Injection addWeightedAdapter(
            String name, AdapterSelection parts, Combination combination) {
        return adapters.addWeighted(name, parts, combination);
    }

    /**
     * Puts the adapter of a PEFT directory in the place of one that the model has, frozen: passes
     * that run go on with the one before, passes that begin later use the new one, whether by
     * default or in a scope. Returns when the one before is freed; a stream of text that was begun
     * with it keeps it until it ends.
     *
     * @param name the adapter
     * @param directory the PEFT directory
     * @throws IllegalArgumentException if the model does not have the adapter
     * @throws IllegalStateException if it is being trained, or the calling thread is in a pass
     * @throws IOException as {@link #loadAdapter}; the adapter before stays as it is
     */
    public void replaceAdapter(String name, Path directory) throws IOException {
        adapters.replace(name, directory).finish();
    }

    /**
     * Removes an adapter, waits for the passes that use it and frees its tensors. Later passes in a
     * scope of it are refused. If it was the only active one, the base alone is active afterwards.
     *
     * @param name the adapter
     * @throws IllegalArgumentException if the model does not have it
     * @throws IllegalStateException if it is being trained, or the calling thread is in a pass
     */
    public void deleteAdapter(String name) {
        adapters.delete(name).finish();
    }

    /** Deletes every adapter: the model is its checkpoint again. PEFT's unload. */
    public void unload() {
        adapters.deleteAll().finish();
    }

    /**
     * Saves an adapter as PEFT does: adapter_config.json and adapter_model.safetensors in exactly
     * this directory, and lora4j.json with the labels' names. An adapter that was there stays whole
     * if this fails. What a loaded adapter's configuration says beside LoRA's own numbers is kept.
     *
     * @param name the adapter
     * @param directory where to
     * @throws IOException if it cannot be written
     */
    public void saveAdapter(String name, Path directory) throws IOException {
        adapters.save(name, directory);
    }

    /**
     * Saves an adapter as {@link #saveAdapter} does, as plain LoRA on the base as it is: one that
     * began with PiSSA or OLoRA gets rank 2r, which PEFT calls a conversion. Such files mean the
     * same to programs that know neither, and load without decomposing W0.
     *
     * @param name the adapter
     * @param directory where to
     * @throws IOException if it cannot be written
     */
    public void saveAdapterAsLora(String name, Path directory) throws IOException {
        adapters.saveAsLora(name, directory);
    }

    /**
     * Saves every adapter in PEFT's layout: the one named "default" in the directory itself, each
     * other in a directory of its name below.
     *
     * @param directory where to
     * @throws IllegalStateException if there is no adapter
     * @throws IllegalArgumentException if a name cannot be a directory's; nothing is written
     * @throws IOException if a file cannot be written
     */
    public void saveAdapters(Path directory) throws IOException {
        adapters.saveAll(directory);
    }

    /** Lets a loaded adapter train, and nothing else; makes it the active one. */
    public void trainAdapter(String name) {
        adapters.train(name);
    }

    /**
     * Lets several adapters train at once, and nothing else; makes them the active ones.
     *
     * @param names at least one
     * @throws IllegalArgumentException if the model does not have one of them, or they train biases
     *     of different kinds
     */
    @Override
    public void trainAdapters(Collection<String> names) {
        adapters.train(List.copyOf(names));
    }

    @Override
    public Block jointRoot() {
        return block();
    }

    @Override
    public ActiveAdapters jointAdapters() {
        return loaded().active();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Batches are {@link TextBatch} or {@link CausalBatch}.
     */
    @Override
    public <B extends TrainingBatch> BatchJoin<B> batchJoin(Class<B> batches) {
        return BatchJoins.of(batches, block());
    }

    /**
     * Lets every weight of the model train, for comparison with adapters.
     *
     * @throws IllegalStateException if the model has adapters, or weights of 16 bits
     */
    public void trainAll() {
        adapters.trainBase();
    }

    /**
     * Gives the model another number of tokens, as resize_token_embeddings of transformers does:
     * new rows of the word table, and of a vocabulary projection, are drawn close to the mean of
     * the old ones, N(μ, 10⁻⁹ Σ). Adapters that are saved afterwards have the tables, as PEFT's
     * have.
     *
     * @param tokens how many, at least 1; rows beyond are dropped
     * @throws IllegalStateException if the model has adapters, or shares its weights
     */
    public void resizeTokenEmbeddings(int tokens) {
        adapters.resize(tokens);
    }

    /**
     * Sets which adapters threads in no scope use, from their next pass on.
     *
     * @param selection which, and with what weight
     * @throws IllegalArgumentException if the model does not have one of them
     */
    public void setActive(AdapterSelection selection) {
        adapters.activate(selection);
    }

    /**
     * Opens a scope in which the calling thread's passes use a selection; {@link
     * AdapterSelection#none()} gives the base.
     *
     * @param selection which adapters, and with what weight
     * @return the scope, to be closed on the same thread
     * @throws IllegalArgumentException if the model does not have one of them
     */
    public ActiveAdapters.Scope use(AdapterSelection selection) {
        return adapters.use(selection);
    }

    /**
     * Opens a scope in which each text of a batch that the calling thread runs has adapters of its
     * own: PEFT's {@code adapter_names}. {@link #block} takes batches of as many texts; {@link
     * org.lora4j.generate.TextGenerator} and {@link Evaluator} have methods of their own. Layers
     * that train whole with an adapter, and what else reads more than a row for each token or text,
     * are refused.
     *
     * @param rows the adapters of each text
     * @return the scope, to be closed on the same thread
     * @throws IllegalArgumentException if the model does not have one of them
     */
    public ActiveAdapters.Scope use(AdapterRows rows) {
        return adapters.use(rows);
    }

    /** Returns the names of the adapters. */
    public Set<String> adapterNames() {
        loaded();
        return adapters.names();
    }

    /** Returns how many parameters train, and how many there are. */
    public TrainableParameters trainableParameters() {
        return adapters.count();
    }

    /**
     * Merges the active adapters beside the frozen weights, which stay as they are: faster
     * inference with this selection, for a copy of the adapted weights.
     *
     * @throws IllegalStateException if a number of a merged weight is NaN or infinite: it names the
     *     layer, and none is merged
     */
    public void mergeAdapter() {
        adapters.unmerge();
        adapters.merge();
    }

    /**
     * Merges each of some adapters beside the frozen weights, which stay as they are: faster
     * inference with any one of them alone, at weight 1, for a copy of the adapted weights for
     * each. Other selections run as before. What was merged before is dropped.
     *
     * <p>An adapter that is trained, replaced or deleted later is no longer merged.
     *
     * @param names names of adapters, at least one
     * @throws IllegalArgumentException if no name is given, or the model does not have an adapter
     * @throws IllegalStateException if a number of a merged weight is NaN or infinite: it names the
     *     layer, and none is merged
     */
    public void mergeAdapters(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("no adapters to merge; expected some");
        }
        adapters.unmerge();
        adapters.merge(List.of(names));
    }

    /**
     * Drops what {@link #mergeAdapter} or {@link #mergeAdapters} made, after the passes that use
     * it.
     */
    public void unmergeAdapter() {
        adapters.unmerge();
    }

    /**
     * Adds the active adapters' deltas to the weights, puts plain layers in the place of adapted
     * ones, and returns the plain model. This object is consumed: it cannot be used any more, and
     * closing it does nothing.
     *
     * @return a model without adapters, to be closed by the caller
     * @throws IllegalStateException if a training runs, or the calling thread is in a pass
     */
    public LoraModel mergeAndUnload() {
        return new LoraModel(adapters.mergeAndUnload());
    }

    /**
     * Returns the small files that {@link #save} copies, such as tokenizer.json,
     * chat_template.jinja and generation_config.json: those of the base or, in a model that an
     * adapter was merged into, the adapter's own tokenizer and chat templates in their place.
     *
     * @return the file that each is copied from, by its path in the saved directory
     * @throws IOException if a directory cannot be read
     */
    public Map<String, Path> modelFiles() throws IOException {
        Map<String, Path> sources = new TreeMap<>();
        loaded().files().find().forEach((name, entry) -> sources.put(name, entry.source()));
        return sources;
    }

    /** Saves the model as {@link #save(Path, TensorDtype)} does, in the precision that it has. */
    public void save(Path directory) throws IOException {
        save(directory, loaded().dtype());
    }

    /**
     * Saves the model, without adapters, as a Hugging Face directory: weights in files of at most 5
     * GB, config.json, and the {@link #modelFiles}.
     *
     * @param dtype the precision of the weights: F32, BF16 or F16
     * @throws IllegalStateException if the model has adapters; merge or remove them first
     * @throws IOException if it cannot be written
     */
    public void save(Path directory, TensorDtype dtype) throws IOException {
        adapters.saveModel(dtype, directory);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Batches are {@link TextBatch} for classification and regression of texts, {@link
     * org.lora4j.hf.token.TokenBatch} for labels of tokens, {@link org.lora4j.hf.span.SpanBatch}
     * for answers, {@link CausalBatch} for a language model.
     */
    @Override
    public <B extends TrainingBatch> TrainingTask<B> trainingTask(Class<B> batches) {
        return loaded().trainingTask(batches);
    }

    @Override
    public int maxPositions() {
        return block().maxPositions() - block().virtualTokens();
    }

    @Override
    public int vocabularySize() {
        return block().vocabularySize();
    }

    /** Returns the number of token types that an encoder knows; any other model is refused. */
    @Override
    public int typeVocabularySize() {
        return loaded().encoder().typeVocabularySize();
    }

    /** Returns the model's blocks: inputs ids, mask and types, output logits. */
    public ModelRoot block() {
        return loaded().block();
    }

    /** Returns the blocks of a model for labels or a number; any other is refused. */
    public SequenceClassifier classifier() {
        return loaded().classifier();
    }

    /** Returns the blocks of a model for labels of tokens; any other is refused. */
    public TokenClassifier tokenClassifier() {
        return loaded().tokenClassifier();
    }

    /** Returns what makes the vectors of a model for embeddings; any other model is refused. */
    public TextVectors textVectors() {
        if (loaded().model() instanceof EmbeddingModel embedding) {
            return embedding.vectors();
        }
        throw new IllegalStateException(
                "the model gives no embeddings; expected one that was loaded with"
                        + " Task.embedding()");
    }

    /** Returns the blocks of a language model; any other is refused. */
    public CausalLanguageModel languageModel() {
        return loaded().languageModel();
    }

    /**
     * Returns a DJL model around the blocks, for a Predictor and Translator. Its path is the
     * directory that this model was loaded from, where DJL's translators look for config.json. It
     * shares the weights and does not own them: close it when done, and this object after it.
     */
    public Model asModel() {
        return loaded().asModel(block());
    }

    /** Returns the labels' names in the order of their ids; none where it does not classify. */
    @Override
    public List<String> labels() {
        return loaded().labels();
    }

    @Override
    public TextTarget target() {
        return loaded().target();
    }

    /** Returns the labels as data sets need them. */
    public LabelSet labelSet() {
        return LabelSet.of(labels());
    }

    /** Returns whether the model predicts a number rather than a label. */
    public boolean isRegression() {
        return loaded().isRegression();
    }

    /**
     * Returns the tokenizer; this object closes it.
     *
     * @throws IllegalStateException if the model's directory has no tokenizer.json
     */
    @Override
    public TextTokenizer tokenizer() {
        TextTokenizer tokenizer = loaded().tokenizer();
        if (tokenizer == null) {
            throw new IllegalStateException(
                    loaded().directory()
                            + ": no tokenizer.json, and texts need a tokenizer; expected that file"
                            + " beside the weights, or token ids in the place of texts. Where there"
                            + " are only older tokenizer files, convert them once in Python:"
                            + " AutoTokenizer.from_pretrained(dir).save_pretrained(dir)");
        }
        return tokenizer;
    }

    /** Returns whether the model has a tokenizer; without one it takes token ids only. */
    public boolean hasTokenizer() {
        return loaded().tokenizer() != null;
    }

    /**
     * Returns the tokens with which a language model has learnt to end texts in trainings by this
     * library: those of its own weights, and those of some of its adapters, which their lora4j.json
     * keeps. Generation ends at them, beside those that the model's files name.
     *
     * @param selection the adapters
     */
    public Set<Integer> learntEndTokens(AdapterSelection selection) {
        return loaded().ends().of(selection);
    }

    /** Returns the configuration that the model was loaded with. */
    public ModelConfig config() {
        return loaded().config();
    }

    /** Returns the manager that owns the weights; for results, make one below it and close that. */
    public NDManager manager() {
        return loaded().manager();
    }

    /** Returns the layers that the checkpoint lacked and nothing has trained or replaced since. */
    public Set<String> drawnLayers() {
        return loaded().drawn().paths();
    }

    LoadedModel loaded() {
        life.requireOpen();
        return loaded;
    }

    /**
     * Frees the weights, the adapters, the tokenizer and what else belongs to {@link #manager}, but
     * not what belongs to managers below it. Passes that run on other threads end with an
     * IllegalStateException, generations at their next token, and this waits for them. Inside a
     * pass of the calling thread it returns at once, and the end of that pass frees the memory.
     */
    @Override
    public void close() {
        if (life.close()) {
            loaded.close();
        }
    }
}
