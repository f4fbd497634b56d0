/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.script;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.core.Candidate;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.AdapterFiles;
import org.lora4j.djl.AdapterIdentity;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.base.ModelAdvice;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.hf.score.InOrder;
import org.lora4j.hf.score.TextScores;
import org.lora4j.text.TextModel;
import org.lora4j.text.TextTokenizer;
import org.lora4j.torch.GradMode;
import org.lora4j.torchscript.ScriptArchive;
import org.lora4j.train.BatchSource;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.MetricTally;

/**
 * A text classifier or a regression in a TorchScript file, with the tokenizer of the model that it
 * was exported from. An adapter can be added, trained on labelled texts by LoraTrainer, measured
 * and saved; PEFT loads what was saved onto the original Hugging Face model.
 *
 * <pre>{@code
 * Task task = Task.sequenceClassification("negative", "positive");
 * try (ScriptClassifier model = ScriptClassifier.load(script, tokenizer, task, Device.cpu())) {
 *     model.addAdapter(LoraConfig.builder().setRank(8).setAlpha(16).build());
 *     LoraTrainer.builder(model)
 *             .setDataset(TextDataset.forTraining(model, train, columns, BatchOptions.defaults()))
 *             .optEpochs(3)
 *             .build()
 *             .fit();
 *     model.saveAdapter(directory);
 * }
 * }</pre>
 *
 * <p>The script takes token ids, and the attention mask and the token types if it has inputs for
 * them, each [texts, tokens]; its first output, or that called logits, is [texts, labels]. The head
 * is the last linear layer with as many outputs.
 *
 * <p>Any number of threads may evaluate and predict at once; all else is for its owner, one thread
 * at a time. The model owns the script and the tokenizer and frees them when closed.
 */
public final class ScriptClassifier implements TextModel, TrainingTask.Provider, AutoCloseable {
    private final Path script;
    private final Model model;
    private final ScriptFacts facts;
    private final TextTokenizer tokenizer;
    private final ScriptPass pass;
    private final int outputs;
    private List<String> labels;
    private @Nullable Injection injection;

    private ScriptClassifier(
            Path script,
            Model model,
            ScriptFacts facts,
            TextTokenizer tokenizer,
            @Nullable Task task)
            throws IOException {
        this.script = script;
        this.model = model;
        this.facts = facts;
        this.tokenizer = tokenizer;
        this.pass = new ScriptPass(model, facts.inputs());
        this.outputs =
                ScriptProbe.outputs(script, pass, tokenizer, maxPositions(), model.getNDManager());
        this.labels = task == null ? ownLabels() : labels(task);
    }

    /**
     * Loads a script.
     *
     * @param script a file of torch.jit.save
     * @param tokenizer a Hugging Face directory with tokenizer.json
     * @param task what the outputs mean: the labels in their order, or one number. Labels that are
     *     not named are those of config.json in the tokenizer's directory, or else LABEL_0 and so
     *     on
     * @param device where it runs
     * @throws IOException if the file is no TorchScript archive, has adapters already, does not run
     *     batches of any size, or has another number of outputs than labels
     */
    public static ScriptClassifier load(Path script, Path tokenizer, Task task, Device device)
            throws IOException {
        return open(script, tokenizer, task, device);
    }

    /**
     * Loads a script with an adapter, frozen, whose directory names the labels.
     *
     * @param script a file of torch.jit.save
     * @param tokenizer a Hugging Face directory with tokenizer.json
     * @param adapter the adapter's directory, as {@link #saveAdapter} or PEFT writes it
     * @param device where it runs
     * @throws IOException as the other, or if the adapter does not fit
     */
    public static ScriptClassifier load(Path script, Path tokenizer, Path adapter, Device device)
            throws IOException {
        PeftConfigFile.read(adapter.resolve(PeftConfigFile.FILE_NAME)); // refusals come first
        Path notes = adapter.resolve(AdapterNotes.FILE_NAME);
        List<String> named = Files.exists(notes) ? AdapterNotes.read(notes).labels() : List.of();
        Task task = named.isEmpty() ? null : new Task.SequenceClassification(named);
        ScriptClassifier loaded = open(script, tokenizer, task, device);
        try {
            loaded.injection = Lora.loadAdapter(loaded.model, Lora.DEFAULT_ADAPTER, adapter);
            return loaded;
        } catch (IOException | RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Loads a script of which the outputs' number tells the task: one is a number, more are labels,
     * named by config.json in the tokenizer's directory, or else LABEL_0 and so on.
     *
     * @param script a file of torch.jit.save
     * @param tokenizer a Hugging Face directory with tokenizer.json
     * @param device where it runs
     * @throws IOException as the others
     */
    public static ScriptClassifier load(Path script, Path tokenizer, Device device)
            throws IOException {
        return open(script, tokenizer, null, device);
    }

    private static ScriptClassifier open(
            Path script, Path directory, @Nullable Task task, Device device) throws IOException {
        try (ScriptArchive archive = ScriptModels.open(script)) {
            ScriptFacts facts = ScriptFacts.of(archive);
            TextTokenizer tokenizer = TextTokenizer.load(directory);
            Model model = null;
            try {
                model = ScriptModels.load(archive, device);
                return new ScriptClassifier(script, model, facts, tokenizer, task);
            } catch (IOException | RuntimeException e) {
                tokenizer.close();
                if (model != null) {
                    model.close();
                }
                throw e;
            }
        }
    }

    private List<String> labels(Task task) throws IOException {
        if (task instanceof Task.SequenceClassification classes) {
            if (outputs == 1) {
                throw new IOException(
                        ("%s: its head has one output, which gives no labels; expected two outputs"
                                        + " or more, or Task.regression() for a number")
                                .formatted(script));
            }
            List<String> asked = classes.labels().isEmpty() ? ownLabels() : classes.labels();
            requireAsMany(asked);
            return asked;
        }
        if (!(task instanceof Task.Regression)) {
            throw new IllegalArgumentException(
                    "a script that gives labels or a number is no language model; expected"
                            + " Task.sequenceClassification or Task.regression");
        }
        if (outputs != 1) {
            throw new IOException(
                    ("%s: its head has %d outputs; expected one for a regression. Export a model"
                                    + " with num_labels=1")
                            .formatted(script, outputs));
        }
        return List.of();
    }

    private void requireAsMany(List<String> names) throws IOException {
        if (names.size() == outputs) {
            return;
        }
        String way =
                names.size() < outputs
                        ? ", or name all %d in the id2label of a config.json beside the tokenizer"
                                .formatted(outputs)
                        : "";
        throw new IOException(
                ("%s: its head has %d outputs, and there are %d labels, %s; expected as many."
                                + " Export a model with num_labels=%3$d%5$s")
                        .formatted(script, outputs, names.size(), shown(names), way));
    }

    private static String shown(List<String> names) {
        int most = 8;
        return names.size() <= most
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, most)) + ", ...";
    }

    /** The labels beside the tokenizer if they are as many as the outputs, else numbers. */
    private List<String> ownLabels() throws IOException {
        if (outputs == 1) {
            return List.of();
        }
        List<String> configured = configuredLabels(tokenizer.directory());
        return configured != null && configured.size() == outputs
                ? configured
                : IntStream.range(0, outputs).mapToObj(i -> "LABEL_" + i).toList();
    }

    /**
     * Returns the labels that config.json in a tokenizer's directory names, or null if there are
     * none.
     *
     * @throws IOException if the file is there and cannot be read
     */
    public static @Nullable List<String> configuredLabels(Path tokenizer) throws IOException {
        return Files.exists(tokenizer.resolve(ModelConfig.FILE))
                ? ModelConfig.read(tokenizer).labels()
                : null;
    }

    /**
     * Adds a new adapter, the only thing that trains. The head trains whole with it, unless its
     * last layer is among the target modules.
     *
     * @param config what to adapt; no targets means those that native models of the same family
     *     have, or all linear layers of any other model
     * @return what was adapted
     * @throws IllegalArgumentException if a target matches nothing or cannot be adapted
     * @throws IllegalStateException if there is an adapter
     */
    public Injection addAdapter(LoraConfig config) {
        if (injection != null) {
            throw new IllegalStateException("the script has an adapter already");
        }
        if (facts.adaptable() == 0) {
            throw new IllegalArgumentException(
                    script
                            + ": none of its weights can be adapted; \"lora4j inspect\" says why of"
                            + " each. A model that was exported without optimize_for_inference,"
                            + " quantisation or freezing has layers that can");
        }
        List<Candidate> candidates = Lora.candidates(model.getBlock());
        LoraConfig complete = new ScriptTargets(facts, candidates).complete(config, outputs);
        Injection added = Lora.inject(model, complete);
        injection = added;
        return added;
    }

    /**
     * Lets the adapter that was loaded train further.
     *
     * @return what is adapted
     * @throws IllegalStateException if there is none
     */
    public Injection trainAdapter() {
        Injection loaded = adapter();
        Lora.markOnlyLoraAsTrainable(model.getBlock(), loaded.config().bias());
        return loaded;
    }

    private Injection adapter() {
        Injection found = injection;
        if (found == null) {
            throw new IllegalStateException(
                    "the script has no adapter; call addAdapter, or load it with one");
        }
        return found;
    }

    /**
     * Saves the adapter as PEFT does, with the names of modules that the Hugging Face model has,
     * and the labels in lora4j.json.
     *
     * @param directory where to; an adapter that was there stays whole if this fails
     * @throws IllegalStateException if there is no adapter
     * @throws IOException if a file cannot be written
     */
    public void saveAdapter(Path directory) throws IOException {
        Injection saved = adapter();
        PeftConfigFile file =
                PeftConfigFile.of(AdapterFiles.named(model.getBlock(), saved))
                        .withBaseModel(script.toString(), null);
        AdapterNotes notes = AdapterNotes.of(labels, saved.config().seed());
        try (NDManager scope = model.getNDManager().newSubManager()) {
            AdapterFiles.export(model.getBlock(), saved.adapter(), file, notes, scope)
                    .write(directory);
        }
    }

    /** Returns how many parameters train, and how many numbers there are. */
    public TrainableParameters trainableParameters() {
        long own = injection == null ? 0 : injection.parameterCount();
        return new TrainableParameters(own, facts.numbers() + own);
    }

    @Override
    public <B extends TrainingBatch> TrainingTask<B> trainingTask(Class<B> batches) {
        if (batches != TextBatch.class) {
            throw new IllegalStateException(
                    "a script is trained on TextBatch, not on " + batches.getSimpleName());
        }
        TrainingAdvice advice =
                facts.width() < 1 ? TrainingAdvice.NONE : ModelAdvice.ofEncoder(facts.width());
        @SuppressWarnings("unchecked") // it was compared
        TrainingTask<B> task =
                (TrainingTask<B>)
                        new ScriptTask(
                                model,
                                pass,
                                new TextScores(labels),
                                adapter().context(),
                                advice,
                                identity());
        return task;
    }

    private TrainingIdentity identity() {
        return TrainingIdentity.none()
                .withFile("base " + script.getFileName(), script)
                .withFile("tokenizer.json", tokenizer.directory().resolve("tokenizer.json"))
                .with("labels", String.join(", ", labels))
                .withAll("", AdapterIdentity.of(model.getBlock()));
    }

    /**
     * Measures the script with its adapter, if it has one: the loss and, for labels, accuracy and
     * F1; for a regression the errors.
     *
     * @param data texts with labels
     * @throws IllegalArgumentException if the texts have no labels
     * @throws IllegalStateException if the loss is NaN
     */
    public EvaluationMetrics evaluate(BatchSource<TextBatch> data) {
        return run(data, each -> {})
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "the texts have no labels, so nothing can be measured;"
                                                + " expected TextDataset.forEvaluation(...)"));
    }

    /**
     * Says what the script makes of each text.
     *
     * @param data texts, with or without labels
     * @return one for each text, in the order of the data
     * @throws IllegalStateException if an output is NaN
     */
    public List<Prediction> predict(BatchSource<TextBatch> data) {
        List<Prediction> all = new ArrayList<>();
        run(data, all::add);
        return all;
    }

    /**
     * Measures and predicts in one pass.
     *
     * @param data texts, with or without labels
     * @param each takes the prediction of each text, in the order of the data
     * @return how right it was; empty where the texts have no labels
     * @throws IllegalStateException if an output is NaN
     */
    public Optional<EvaluationMetrics> run(BatchSource<TextBatch> data, Consumer<Prediction> each) {
        TextScores scores = new TextScores(labels);
        InOrder<Prediction> predictions = new InOrder<>(each);
        MetricTally tally = new MetricTally();
        try (ActiveAdapters.Scope scope =
                        injection == null ? () -> {} : injection.context().active().pass();
                GradMode off = GradMode.off()) {
            for (TextBatch batch : data.epoch(0)) {
                try (NDManager manager = model.getNDManager().newSubManager()) {
                    NDArray logits = pass.evaluate(manager, batch.texts());
                    scores.tell(
                            batch.examples(),
                            logits.toFloatArray(),
                            (text, label, values) ->
                                    predictions.put(text, new Prediction(label, values)));
                    if (batch.targets().length > 0) {
                        scores.evaluate(manager, logits, batch.targets()).addTo(tally);
                    }
                }
            }
        }
        predictions.end();
        return tally.isEmpty() ? Optional.empty() : Optional.of(tally.metrics());
    }

    @Override
    public TextTokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public List<String> labels() {
        return labels;
    }

    /**
     * Names the labels anew.
     *
     * @param names in the order of the outputs
     * @throws IOException if the outputs are not as many; the message names the script
     */
    public void setLabels(List<String> names) throws IOException {
        requireAsMany(names);
        labels = List.copyOf(names);
    }

    /** Returns the least of what the tokenizer's files and the script's table allow. */
    @Override
    public int maxPositions() {
        return Math.min(facts.positions(), tokenizer.maxLength().orElse(Integer.MAX_VALUE));
    }

    @Override
    public int vocabularySize() {
        return facts.words();
    }

    /** Returns 1 where the script has a table of types and no input for them. */
    @Override
    public int typeVocabularySize() {
        if (facts.types() == 0) {
            return Integer.MAX_VALUE;
        }
        return facts.inputs().contains(ScriptInput.TYPES) ? facts.types() : 1;
    }

    /** Returns the DJL model; this object closes it. */
    public Model asModel() {
        return model;
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
