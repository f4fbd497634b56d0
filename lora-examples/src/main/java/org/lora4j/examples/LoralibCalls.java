/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.LoadReport;
import org.lora4j.djl.Lora;
import org.lora4j.loralib.LoraStateDictFile;
import org.lora4j.loralib.LoralibCheckpoint;

/**
 * loralib's four calls on models of DJL's own blocks: adapt, mark, save, load. A model is trained
 * whole on a few sentences; then an adapter, and nothing else, on many.
 */
public final class LoralibCalls {
    private LoralibCalls() {}

    /** The two models. */
    enum Kind {
        /** Two linear layers over word counts. */
        MLP,
        /** A transformer block over words in order. */
        TRANSFORMER
    }

    /**
     * What the example gives.
     *
     * @param before the accuracy of the model without the adapter, on sentences that neither saw
     * @param after with it
     * @param trainable how many numbers the adapter trains
     * @param bytes the size of its file
     * @param again the accuracy after the adapter was dropped and loaded from its file
     */
    public record Result(double before, double after, long trainable, long bytes, double again) {}

    /**
     * Runs the example.
     *
     * @param args a tab-separated file with columns label and text, "mlp" or "transformer", and the
     *     file to write, such as lora.pt
     * @throws Exception if the file cannot be read or written
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            throw new IllegalArgumentException("expected: TRAIN_FILE mlp|transformer OUTPUT_FILE");
        }
        Kind kind = Kind.valueOf(args[1].toUpperCase(java.util.Locale.ROOT));
        System.out.println(run(Path.of(args[0]), kind, Path.of(args[2]), 6_000, 5));
    }

    static Result run(Path texts, Kind kind, Path file, int rows, int epochs)
            throws IOException, TranslateException {
        Engine.getEngine("PyTorch").setRandomSeed(1);
        HashedTexts all = HashedTexts.read(texts, rows);
        int third = all.size() / 3;
        int few = all.size() / 12;
        try (Model model = Model.newInstance("classifier", "PyTorch");
                NDManager manager = model.getNDManager().newSubManager()) {
            Data first = Data.of(all.part(0, few), kind, manager);
            Data second = Data.of(all.part(few, 2 * third), kind, manager);
            Data unseen = Data.of(all.part(2 * third, all.size()), kind, manager);
            model.setBlock(network(model.getNDManager(), kind, all.classes(), first.x));
            fit(model, first, epochs);
            double before = accuracy(model.getBlock(), unseen);

            String targets = kind == Kind.MLP ? "all-linear" : "regex:.*(query|value)Projection";
            LoraConfig config =
                    LoraConfig.builder().setRank(8).setAlpha(16).optTargetModules(targets).build();
            // snippet: loralib-adapt
            Injection injection = Lora.inject(model, config);
            // end
            // snippet: loralib-mark
            Lora.markOnlyLoraAsTrainable(model.getBlock(), Bias.LORA_ONLY);
            // end
            long trainable =
                    model.getBlock().getParameters().values().stream()
                            .filter(parameter -> parameter.requiresGradient())
                            .mapToLong(parameter -> parameter.getArray().size())
                            .sum();
            System.out.print(injection.table());
            fit(model, second, epochs);
            double after = accuracy(model.getBlock(), unseen);
            // snippet: loralib-save
            try (NDList state = Lora.loraStateDict(model.getBlock(), Bias.LORA_ONLY)) {
                LoraStateDictFile.writeTorch(file, state);
            }
            // end

            Lora.eject(model.getBlock());
            Lora.inject(model, config);
            // snippet: loralib-load
            try (LoralibCheckpoint checkpoint = LoralibCheckpoint.open(file);
                    NDList state = checkpoint.readStateDict(manager)) {
                LoadReport report = Lora.loadLoraStateDict(model.getBlock(), state, Bias.LORA_ONLY);
                if (!report.isComplete()) {
                    throw new IOException(file + " lacks " + report.missing());
                }
            }
            // end
            double again = accuracy(model.getBlock(), unseen);
            return new Result(before, after, trainable, Files.size(file), again);
        }
    }

    private static Block network(NDManager manager, Kind kind, int classes, NDArray x) {
        SequentialBlock block = new SequentialBlock();
        if (kind == Kind.MLP) {
            block.add(Linear.builder().setUnits(48).build()).add(Activation::relu);
        } else {
            block.add(Linear.builder().setUnits(32).optBias(false).build())
                    .add(new TransformerEncoderBlock(32, 4, 64, 0.1f, Activation::relu))
                    .add(LambdaBlock.singleton(hidden -> hidden.mean(new int[] {1})));
        }
        block.add(Linear.builder().setUnits(classes).build());
        block.initialize(manager, DataType.FLOAT32, x.getShape());
        return block;
    }

    /** DJL's own training: it does not know that the model is adapted. */
    private static void fit(Model model, Data data, int epochs)
            throws IOException, TranslateException {
        Optimizer adam = Optimizer.adam().optLearningRateTracker(Tracker.fixed(3e-3f)).build();
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(adam);
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(data.x.getShape());
            EasyTrain.fit(trainer, epochs, HashedTexts.dataset(data.x, data.y), null);
        }
    }

    private static double accuracy(Block block, Data data) {
        try (NDManager scope = data.x.getManager().newSubManager()) {
            NDArray x = data.x.duplicate();
            x.attach(scope);
            NDArray logits =
                    block.forward(new ParameterStore(scope, false), new NDList(x), false).head();
            NDArray right = logits.argMax(1).eq(data.y).toType(DataType.FLOAT32, false);
            return right.mean().getFloat();
        }
    }

    /** Inputs and classes as arrays. */
    private record Data(NDArray x, NDArray y) {
        static Data of(HashedTexts texts, Kind kind, NDManager manager) {
            NDArray x = kind == Kind.MLP ? texts.counts(manager) : texts.sequences(manager);
            return new Data(x, texts.targets(manager));
        }
    }
}
