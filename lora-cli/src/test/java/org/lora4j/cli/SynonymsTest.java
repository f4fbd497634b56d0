/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.cli.option.Choices;
import picocli.CommandLine;

@Tag("once-per-jdk")
class SynonymsTest {
    private static List<String> translated(String command) {
        CommandLine line = new CommandLine(new Lora4j());
        Choices.register(line);
        List<String> all = Arrays.asList(Synonyms.translate(line, command.split(" ")));
        return all.subList(1, all.size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--lora-r 4|--rank=4",
                "--lora_r 4|--rank=4",
                "--r=4|--rank=4",
                "--lora-alpha 8|--alpha=8",
                "--lora_dropout 0.1|--dropout=0.1",
                "--lora-bias all|--bias=all",
                "--lora_target_modules q_proj v_proj|--target-modules=q_proj,v_proj",
                "--lora_target_modules all-linear --use_rslora|--target-modules=all-linear"
                        + " --rslora=true",
                "--lora-modules-to-save embed_tokens|--modules-to-save=embed_tokens",
                "--lora-task-type CAUSAL_LM|--task=CAUSAL_LM",
                "--lora-task-type QUESTION_ANS|--task=qa",
                "--init_lora_weights true|--init=kaiming",
                "--use-peft|--method=lora",
                "--use-peft false|--method=full",
                "--model-name-or-path m|--model=m",
                "--train_file d|--data=d",
                "--validation-file d|--validation=d",
                "--output_dir o|--output=o",
                "--per-device-train-batch-size 2|--batch-size=2",
                "--gradient_accumulation_steps 8|--accumulate=8",
                "--lr 1e-4|--learning-rate=1e-4",
                "--learning_rate 1e-4|--learning-rate 1e-4",
                "--num-train-epochs 3.0|--epochs=3",
                "--num-train-epochs 0.5|--epochs=0.5",
                "--max-steps 10|--steps=10",
                "--max-steps -1 --num-train-epochs 2|--epochs=2",
                "--max-steps 10 --num-train-epochs 2|--steps=10",
                "--warmup-ratio 0.1|--warmup=0.1",
                "--warmup_steps 7|--warmup-steps=7",
                "--warmup_steps 0.1|--warmup=0.1",
                "--weight_decay 0|--weight-decay 0",
                "--max-grad-norm 1.0|--clip=1.0",
                "--lr-scheduler-type cosine|--schedule=cosine",
                "--lr-scheduler-type constant_with_warmup|--schedule=constant",
                "--lr-scheduler-type constant --warmup-ratio 0.1|--schedule=constant"
                        + " --warmup-steps=0",
                "--max-seq-length 64|--max-length=64",
                "--max_length 64|--max-length 64",
                "--optim adamw_torch|--optimizer=adamw",
                "--eval-steps 5|--evaluate-every=5",
                "--early-stopping-patience 2|--patience=2",
                "--metric-for-best-model eval_loss|--best-metric=loss",
                "--load-best-model-at-end true|--keep=best",
                "--bf16|--dtype=bf16",
                "--bf16 False --seed 1|--seed 1 --dtype=f32",
                "--torch_dtype bfloat16|--dtype=bf16",
                "--packing|--packing=on",
                "--packing off|--packing=off",
                "--completion-only-loss false|--loss-on=all"
            })
    void namesOfPeftAndTrlAreUnderstood(String theirs, String ours) {
        assertThat(String.join(" ", translated("train " + theirs))).isEqualTo(ours);
    }

    /** Every name of the table leads to an option that takes the value. */
    @Test
    void aWholeCommandOfTheirsIsRead() {
        String[] arguments =
                ("train --model_name_or_path m --train_file d.jsonl --output_dir o --lora_task_type"
                     + " CAUSAL_LM --lora_r 4 --lora_alpha 8 --lora_dropout 0.1"
                     + " --lora_target_modules q_proj v_proj --use_peft --use_rslora true"
                     + " --per_device_train_batch_size 2 --gradient_accumulation_steps 8 --lr 1e-4"
                     + " --num_train_epochs 3.0 --warmup_ratio 0.1 --bf16 --weight_decay 0.0"
                     + " --max_grad_norm 1.0 --packing True --lr_scheduler_type"
                     + " constant_with_warmup --max_length 64 --optim adamw_torch"
                     + " --init_lora_weights gaussian --metric_for_best_model eval_loss"
                     + " --completion_only_loss true")
                        .split(" ");
        CommandLine line = new CommandLine(new Lora4j());
        Choices.register(line);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        assertThat(line.parseArgs(Synonyms.translate(line, arguments)).errors()).isEmpty();
    }

    @Test
    void aCommandWithoutTheOptionKeepsTheWord() {
        assertThat(translated("generate --prompt --lr")).containsExactly("--prompt", "--lr");
    }

    @Test
    void anOptionIsGivenOnceByWhateverName() {
        assertThat(Cli.run("inspect", "x", "--lora-r", "4", "--rank", "8").refusal(2))
                .contains("--rank");
        assertThat(Cli.run("inspect", "x", "--r", "4", "--r", "8").refusal(2)).contains("--r");
    }
}
