/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.cli.address.Address;
import org.lora4j.cli.address.AddressFile;
import org.lora4j.cli.address.AddressGenerator;
import org.lora4j.cli.address.Split;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Lora;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TrainableParameters;
import org.lora4j.safetensors.TensorDtype;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.WarmUp;

/** The demonstration: a small language model that cannot read addresses learns to. */
final class Demo {
    /** A batch is so many rows, each filled with whole addresses. */
    private static final int ROWS = 2;

    private static final int ROW_TOKENS = 512;
    private static final int RANK = 16;
    private static final int ALPHA = 32;
    private static final double LORA_RATE = 5e-3;
    private static final double FULL_RATE = 1e-3;
    private static final double WARM_UP = 0.05;
    private static final double CLIP = 1;

    private final DemoPlan plan;
    private final Console console;
    private final Device device;
    private final DemoReport report;
    private final List<Address> train;
    private final List<Address> unseen;
    private final @Nullable List<Address> test;
    private final Path base;

    private Demo(DemoPlan plan, Console console, Device device) throws IOException {
        this.plan = plan;
        this.console = console;
        this.device = device;
        test = plan.test() == null ? null : AddressFile.read(plan.test());
        train = new AddressGenerator(plan.seed(), Split.TRAINING).take(plan.addresses());
        unseen = new AddressGenerator(plan.seed(), Split.TEST).take(plan.unseen());
        base = DemoBase.unpack(plan.directory().resolve("base"));
        AddressPrompts.write(plan.directory().resolve("train.jsonl"), train);
        AddressPrompts.write(plan.directory().resolve("unseen.jsonl"), unseen);
        report = new DemoReport(plan, base, console);
    }

    static void run(DemoPlan plan, Console console, Device device) throws IOException {
        Demo demo = new Demo(plan, console, device);
        demo.report.start(demo.train.size());
        DemoRun lora = demo.lora();
        DemoRun full = plan.compare() ? demo.full() : null;
        demo.report.conclude(lora, full);
    }

    private LoraModel load(TensorDtype dtype) throws IOException {
        LoadOptions options =
                LoadOptions.defaults().withDevice(device).withSeed(plan.seed()).withDtype(dtype);
        return LoraModel.load(base, Task.causalLanguageModel(), options);
    }

    private DemoRun lora() throws IOException {
        try (LoraModel model = load(DemoPrecision.ofThisMachine())) {
            LoraConfig config =
                    LoraConfig.builder()
                            .setRank(RANK)
                            .setAlpha(ALPHA)
                            .optTargetModules("all-linear")
                            .optSeed(plan.seed())
                            .build();
            model.addAdapter(Lora.DEFAULT_ADAPTER, config);
            TrainableParameters parameters = model.trainableParameters();
            console.say(parameters.toString());
            Examination examination = new Examination(model);
            List<Boolean> before = examination.unseen(model);
            report.before(model, unseen, before);
            Path adapter = Files.createDirectories(plan.directory().resolve("adapter"));
            LoraTrainingResult result = train(model, LORA_RATE, adapter);
            model.saveAdapter(Lora.DEFAULT_ADAPTER, adapter);
            List<Boolean> after = examination.unseen(model);
            report.after(model, unseen, after);
            return new DemoRun(
                    parameters,
                    result,
                    Memory.peakMegabytes(),
                    Files.size(adapter.resolve(PeftAdapter.WEIGHTS_FILE)),
                    before,
                    after,
                    examination.test(model));
        }
    }

    private DemoRun full() throws IOException {
        console.say("The same with every weight:");
        Memory.forgetPeak();
        try (LoraModel model = load(TensorDtype.F32)) {
            model.trainAll();
            TrainableParameters parameters = model.trainableParameters();
            console.say(parameters.toString());
            Examination examination = new Examination(model);
            List<Boolean> before = examination.unseen(model);
            Path directory = Files.createDirectories(plan.directory().resolve("full"));
            LoraTrainingResult result = train(model, FULL_RATE, directory);
            model.save(directory);
            return new DemoRun(
                    parameters,
                    result,
                    Memory.peakMegabytes(),
                    Weights.bytes(directory),
                    before,
                    examination.unseen(model),
                    examination.test(model));
        }
    }

    private LoraTrainingResult train(LoraModel model, double rate, Path directory)
            throws IOException {
        BatchOptions batches =
                BatchOptions.defaults()
                        .withBatchSize(ROWS)
                        .withMaxLength(ROW_TOKENS)
                        .withSeed(plan.seed());
        CausalDataset data =
                CausalDataset.forTraining(
                        model,
                        AddressPrompts.samples("the addresses", train),
                        CausalOptions.defaults().withBatches(batches));
        try (TrainingFiles files = TrainingFiles.open(directory, null);
                ProgressListener progress = ProgressListener.create(console)) {
            LoraTrainer<?> trainer =
                    LoraTrainer.builder(model)
                            .setDataset(data)
                            .optEpochs(1)
                            .optConfig(
                                    c ->
                                            c.optSeed(plan.seed())
                                                    .optBetas(0.9, 0.98)
                                                    .optLearningRate(rate)
                                                    .optWeightDecay(0)
                                                    .optClipNorm(CLIP)
                                                    .optSchedule(
                                                            LearningRateSchedule.linear(
                                                                    WarmUp.ofRatio(WARM_UP))))
                            .addListener(files)
                            .addListener(progress)
                            .build();
            try (Interruption interruption = Interruption.of(trainer::cancel)) {
                LoraTrainingResult result = trainer.fit();
                progress.close();
                files.saveTo(directory, result, console);
                return result;
            }
        }
    }

    /** The examinations of a model's tokenizer. */
    private final class Examination {
        private final AddressExam unseenExam;
        private final @Nullable AddressExam testExam;

        Examination(LoraModel model) {
            unseenExam = new AddressExam(model, unseen, ROW_TOKENS);
            testExam = test == null ? null : new AddressExam(model, test, ROW_TOKENS);
        }

        List<Boolean> unseen(LoraModel model) {
            return unseenExam.take(model);
        }

        @Nullable List<Boolean> test(LoraModel model) {
            return testExam == null ? null : testExam.take(model);
        }
    }
}
