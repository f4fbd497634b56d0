/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.data.CausalData;
import org.lora4j.cli.data.ClassifierData;
import org.lora4j.cli.data.DataOptions;
import org.lora4j.cli.data.EmbeddingData;
import org.lora4j.cli.data.PreferenceData;
import org.lora4j.cli.data.PreferenceOptions;
import org.lora4j.cli.data.QuestionData;
import org.lora4j.cli.data.QuestionOptions;
import org.lora4j.cli.data.SampleOptions;
import org.lora4j.cli.data.TokenData;
import org.lora4j.cli.data.TokenOptions;
import org.lora4j.cli.data.TrainingData;
import org.lora4j.cli.option.CheckpointOptions;
import org.lora4j.cli.option.EmbeddingOptions;
import org.lora4j.cli.option.EngineOptions;
import org.lora4j.cli.option.MethodKind;
import org.lora4j.cli.option.MethodOptions;
import org.lora4j.cli.option.ModelOption;
import org.lora4j.cli.option.OutputOption;
import org.lora4j.cli.option.PrecisionOption;
import org.lora4j.cli.option.QuantizationOptions;
import org.lora4j.cli.option.ReportOptions;
import org.lora4j.cli.option.Switch;
import org.lora4j.cli.option.TaskKind;
import org.lora4j.cli.option.TokenizerOption;
import org.lora4j.cli.train.ScriptTraining;
import org.lora4j.cli.train.TokenExtension;
import org.lora4j.cli.train.Training;
import org.lora4j.cli.train.TrainingOptions;
import org.lora4j.cli.train.TrainingPlan;
import org.lora4j.embed.EmbeddingTexts;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.embed.EmbeddingLoss;
import org.lora4j.hf.preference.PreferenceLoss;
import org.lora4j.torch.TensorDtype;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads and checks the options of a training, and runs it. */
@Command(
        name = "train",
        customSynopsis = {
            "lora4j train --model DIR|ID --data FILE --text-column NAME --label-column NAME",
            "             --output DIR [OPTIONS]",
            "       lora4j train --model FILE.pt --tokenizer DIR --data FILE --text-column NAME",
            "             --label-column NAME --output DIR [OPTIONS]",
            "       lora4j train --task token-cls --model DIR|ID --data FILE.conll|FILE.jsonl",
            "             --output DIR [OPTIONS]",
            "       lora4j train --task qa --model DIR|ID --data FILE.json|FILE.jsonl --output DIR",
            "             [OPTIONS]",
            "       lora4j train --task embedding|causal-lm|dpo --model DIR|ID --data FILE.jsonl",
            "             --output DIR [OPTIONS]"
        },
        description = "Trains an adapter (or, with --method full, every weight) on texts.",
        footer =
                """

                Labels are those of the model's config where they cover the data, by name or number,
                else the data's, sorted. A head that has other labels is refused without --new-head.
                A TorchScript file (.pt, .pth) is trained with the tokenizer of the model that it was
                exported from; its head has as many outputs as there are labels.
                The adapter is saved as PEFT saves it, with loss.csv, loss.png and report.html
                beside it.
                Ctrl-C or SIGTERM ends the training after the step it is at, a second one at once. With
                --save-every or --resume its state is saved then, and --resume goes on from it as if
                nothing had happened, also after kill -9; else the adapter as it is then is saved in
                OUTPUT/stopped-at-step-N. What OUTPUT had before stays as it was. A training that
                diverges or fails keeps the best validated or last sound adapter in
                OUTPUT/diverged-at-step-N or OUTPUT/failed-at-step-N, with its loss.csv.

                Names of PEFT and TRL are understood too, with - or _: --lora-r, --lora-alpha, --lr,
                --per-device-train-batch-size, --num-train-epochs, --max-steps, --warmup-ratio,
                --max-grad-norm, --lr-scheduler-type, --output-dir and so on;
                docs/coming-from-peft.md lists them.

                Example:
                  lora4j train --model DIR --data train.tsv --validation dev.tsv \\
                      --text-column text --label-column label --output adapter \\
                      --target-modules query,value --epochs 1
                  lora4j train --task causal-lm --model DIR --data train.jsonl --output adapter \\
                      --target-modules all-linear --rank 16 --alpha 32 --epochs 1
                  lora4j train --task dpo --model DIR --data pairs.jsonl --output adapter \\
                      --target-modules all-linear --rank 16 --alpha 32 --epochs 1\
                """)
final class TrainCommand implements Action {
    private static final String NEW_HEAD = "--new-head";
    private static final String ADD_TOKENS = "--add-tokens";

    /** What is settled when a model is exported. */
    private static final List<String> NOT_FOR_SCRIPTS =
            List.of(NEW_HEAD, ADD_TOKENS, "--base-dropout", "--dtype");

    @Mixin private ModelOption model;

    @Mixin private TokenizerOption tokenizer;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "seq-cls gives each text a label, whatever the model's config says; regression"
                        + " a number, multi-label any number of labels (a|b), rerank how relevant a"
                        + " pair's second text is, from 0 to 1. token-cls labels words, such as"
                        + " names; qa finds answers in contexts; embedding learns vectors of texts."
                        + " causal-lm trains a language model on texts, dpo on pairs of texts of"
                        + " which one is preferred.")
    private TaskKind task = TaskKind.SEQ_CLS;

    @Mixin private DataOptions data;

    @Mixin private SampleOptions samples;

    @Option(
            names = "--class-weights",
            paramLabel = "balanced|LABEL=W,..",
            description =
                    "For seq-cls: how much the texts of each label count, as PyTorch's"
                        + " CrossEntropyLoss(weight=..). balanced makes all labels count alike.")
    private @Nullable String classWeights;

    @Mixin private PreferenceOptions preferences;

    @Mixin private TokenOptions tokens;

    @Mixin private QuestionOptions questions;

    @Mixin private EmbeddingOptions embeddings;

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "Validation data, with the same columns or of the same format.")
    private @Nullable Path validation;

    @Mixin private OutputOption output;

    @Mixin private MethodOptions method;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "Continue training this adapter, with its own configuration.")
    private @Nullable Path adapter;

    @Option(
            names = NEW_HEAD,
            description =
                    "Draw a new last layer for a classifier that has one already, to learn other"
                            + " labels.")
    private boolean newHead;

    @Option(
            names = ADD_TOKENS,
            split = ",",
            paramLabel = "TOKEN",
            description =
                    "Add these tokens to the tokenizer. The word table, and the vocabulary"
                            + " projection, train whole; the tokenizer is saved with the result.")
    private @Nullable List<String> addedTokens;

    @Option(
            names = "--base-dropout",
            paramLabel = "on|off",
            description = "Whether the base model's own dropout is applied, as its config says.")
    private Switch baseDropout = Switch.on;

    @Mixin private TrainingOptions training;

    @Option(
            names = "--bucketing",
            paramLabel = "on|off",
            description =
                    "Whether texts of similar lengths share a batch. Default: on, or off for"
                            + " causal-lm, where nothing is padded.")
    private @Nullable Switch bucketing;

    @Option(
            names = "--shuffle",
            paramLabel = "on|off",
            description =
                    "Whether batches are drawn anew in each epoch; off keeps the file's order.")
    private Switch shuffle = Switch.on;

    @Mixin private PrecisionOption precision;

    @Mixin private QuantizationOptions quantization;

    @Mixin private CheckpointOptions checkpoints;

    @Mixin private EngineOptions engine;

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description = "Write each step and validation into this file as it happens, as JSON.")
    private @Nullable Path log;

    @Option(
            names = "--tensorboard",
            paramLabel = "DIR",
            description =
                    "Write losses, metrics, rates and memory into this directory as it happens, for"
                            + " TensorBoard.")
    private @Nullable Path tensorBoard;

    @Mixin private ReportOptions report;

    @Override
    public void run() throws Exception {
        if (model.isScript()) {
            report.refuse(NOT_FOR_SCRIPTS, " is not for a TorchScript file, which is as exported");
            report.refuse(
                    QuantizationOptions.NAMES,
                    " is not for a TorchScript file, which is as exported");
            report.refuse(
                    (task != TaskKind.SEQ_CLS && task != TaskKind.REGRESSION)
                            || method.kind() != MethodKind.LORA,
                    "a TorchScript file is trained by --method lora for --task seq-cls or"
                            + " regression");
            new ScriptTraining(report.read(this::plan), tokenizer, report.console()).run();
            return;
        }
        report.refuse(TokenizerOption.NAMES, TokenizerOption.FOR_SCRIPTS);
        new Training(report.read(this::plan), report.console()).run();
    }

    private TrainingPlan plan() {
        boolean pairs = task == TaskKind.DPO;
        boolean causal = task.isCausal();
        String forOthers = " is not for --task " + task + "; it is for ";
        if (task == TaskKind.EMBEDDING) {
            report.refuse(List.of(NEW_HEAD), forOthers + "seq-cls, regression, token-cls and qa");
            embeddings.check(report);
        } else {
            report.refuse(EmbeddingOptions.NAMES, forOthers + "embedding");
        }
        if (!task.hasColumns()) {
            report.refuse(DataOptions.COLUMNS, forOthers + "tasks of labels and numbers");
        }
        if (causal) {
            report.refuse(List.of(NEW_HEAD), forOthers + "seq-cls, regression, token-cls and qa");
            embeddings.check(report);
        } else {
            report.refuse(SampleOptions.NAMES, forOthers + "causal-lm");
        }
        if (task != TaskKind.SEQ_CLS) {
            report.refuse(List.of("--class-weights"), forOthers + "seq-cls");
        }
        if (task != TaskKind.TOKEN_CLS) {
            report.refuse(TokenOptions.NAMES, forOthers + "token-cls");
        }
        if (task != TaskKind.QA) {
            report.refuse(QuestionOptions.NAMES, forOthers + "qa");
        }
        if (pairs) {
            report.refuse(SampleOptions.NOT_FOR_PAIRS, forOthers + "causal-lm");
            report.refuse(
                    method.kind() == MethodKind.FULL,
                    "--method full trains the base, which is the reference of --task dpo; expected"
                            + " --method lora");
        } else {
            report.refuse(PreferenceOptions.NAMES, forOthers + "dpo");
        }
        List<String> added = TokenExtension.asked(ADD_TOKENS, addedTokens);
        boolean full = method.kind() == MethodKind.FULL;
        String withAdapter = " and --adapter exclude each other; ";
        report.refuse(
                adapter != null && !added.isEmpty(),
                ADD_TOKENS + withAdapter + "an adapter goes on with the tokens that it has");
        report.refuse(
                adapter != null && newHead,
                NEW_HEAD + withAdapter + "an adapter goes on with the head that it has");
        report.refuse(
                adapter != null && full,
                "--adapter and --method full exclude each other; merge the adapter first");
        report.refuse(
                full && precision.dtype() != TensorDtype.F32,
                "--method full trains the weights themselves, in which 16 bits lose small updates;"
                        + " expected --dtype f32");
        report.refuse(
                full && quantization.isOn(),
                "--method full trains the weights themselves, and those of 4 and 8 bits are"
                        + " frozen; expected --method lora");
        if (full) {
            report.noteUnused(MethodOptions.names(), "--method full trains every weight");
        } else if (adapter != null) {
            String own = "an adapter goes on with its own configuration";
            report.noteUnused(List.of("--method"), own);
            report.noteUnused(MethodOptions.names(), own);
        } else {
            method.check(report);
        }
        engine.check();
        checkpoints.check();
        quantization.check();
        return new TrainingPlan(
                model,
                data(causal),
                data.file(),
                validation,
                output.path(),
                newHead,
                added,
                full,
                adapter,
                method.config(training.seed()),
                baseDropout == Switch.on,
                training.config(validation != null),
                precision.dtype(),
                quantization,
                engine,
                checkpoints,
                output.overwrite(),
                log,
                tensorBoard);
    }

    private TrainingData.Reading data(boolean causal) {
        boolean shuffled = shuffle == Switch.on;
        boolean buckets = bucketing == null ? !causal : bucketing == Switch.on;
        BatchOptions batches = data.batches(causal, buckets && shuffled, shuffled, training.seed());
        if (task == TaskKind.EMBEDDING) {
            EmbeddingLoss loss = embeddings.loss();
            BatchOptions own = data.embeddingBatches(shuffled, training.seed());
            return console ->
                    new EmbeddingData(
                            EmbeddingTexts.read(data.file()),
                            validation == null ? null : EmbeddingTexts.read(validation),
                            loss,
                            own,
                            embeddings.atOnce(),
                            data);
        }
        if (task == TaskKind.DPO) {
            PreferenceLoss loss = preferences.loss();
            return console ->
                    new PreferenceData(
                            samples.pairs(data.file(), console),
                            validation == null ? null : samples.pairs(validation, console),
                            loss,
                            batches,
                            data);
        }
        if (causal) {
            return CausalData.reading(data, samples, samples.causal(batches), validation);
        }
        if (task == TaskKind.TOKEN_CLS) {
            return TokenData.reading(data, batches, validation, tokens, newHead);
        }
        if (task == TaskKind.QA) {
            BatchOptions own = data.questionBatches(buckets && shuffled, shuffled, training.seed());
            return QuestionData.reading(data, own, validation, questions.answers());
        }
        data.columns();
        report.refuse(
                task == TaskKind.RERANK && !data.hasPairs(),
                "--task rerank reads a query and a document; expected --text-pair-column");
        report.refuse(!data.hasLabels(), "--label-column is missing; training needs labels");
        return ClassifierData.reading(data, batches, validation, task, newHead, classWeights);
    }
}
