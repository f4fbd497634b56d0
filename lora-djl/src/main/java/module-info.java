/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * LoRA for any DJL model on PyTorch: injection, PEFT's and loralib's files, and training.
 *
 * <p>Begin with {@link org.lora4j.djl.Lora} and {@link org.lora4j.train.LoraTrainer}.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module org.lora4j.djl {
    requires static com.google.errorprone.annotations;
    requires static transitive org.jspecify;
    requires transitive ai.djl.api;
    requires transitive org.lora4j.core;
    requires ai.djl.pytorch_engine;
    requires com.google.gson;
    requires jdk.jfr;
    requires org.slf4j;

    exports org.lora4j.adapter;
    exports org.lora4j.djl;
    exports org.lora4j.djl.training;
    exports org.lora4j.loralib;
    exports org.lora4j.provenance;
    exports org.lora4j.torch;
    exports org.lora4j.torch.engine;
    exports org.lora4j.train;
    exports org.lora4j.train.checkpoint;
    exports org.lora4j.train.event;
    exports org.lora4j.train.joint;
    exports org.lora4j.train.listener;
    exports org.lora4j.train.metric;
    exports org.lora4j.train.optimizer;
    exports org.lora4j.train.penalty;
    exports org.lora4j.train.report;
    exports org.lora4j.files to
            org.lora4j.hf,
            org.lora4j.cli,
            org.lora4j.demo,
            org.lora4j.export;
    exports org.lora4j.json to
            org.lora4j.hf,
            org.lora4j.cli,
            org.lora4j.demo,
            org.lora4j.export;
    exports org.lora4j.safetensors to
            org.lora4j.hf,
            org.lora4j.cli,
            org.lora4j.demo,
            org.lora4j.export;
    exports org.lora4j.torch.gradient to
            org.lora4j.hf;
    exports org.lora4j.train.chart to
            org.lora4j.cli;
    exports org.lora4j.torchfile to
            org.lora4j.hf,
            org.lora4j.cli,
            org.lora4j.demo;
    exports org.lora4j.torchscript to
            org.lora4j.hf,
            org.lora4j.cli,
            org.lora4j.demo;
    exports org.lora4j.torchscript.archive to
            org.lora4j.hf,
            org.lora4j.cli,
            org.lora4j.demo;
}
