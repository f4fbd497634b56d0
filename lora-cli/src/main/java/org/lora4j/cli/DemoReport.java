/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.address.Address;
import org.lora4j.hf.LoraModel;

/** Says what a demonstration does and what came of it. */
final class DemoReport {
    private static final int SHOWN = 3;

    private final DemoPlan plan;
    private final Path base;
    private final Console console;
    private final long start = System.nanoTime();

    DemoReport(DemoPlan plan, Path base, Console console) {
        this.plan = plan;
        this.base = base;
        this.console = console;
    }

    void start(int addresses) {
        console.say(
                Words.format(
                        "lora4j demo: a language model of 3.2 million parameters, which has never"
                            + " seen an address of%nTaiwan, learns from %,d of them to write their"
                            + " fields as JSON",
                        addresses));
        console.say("");
    }

    void before(LoraModel model, List<Address> unseen, List<Boolean> exact) {
        console.say("");
        console.say(
                Words.format(
                        "before: %s of %,d addresses that it will not train on are right",
                        percent(DemoRun.share(exact)), exact.size()));
        show(model, unseen);
    }

    void after(LoraModel model, List<Address> unseen, List<Boolean> exact) {
        console.say("");
        console.say(
                Words.format(
                        "after: %s of the %,d unseen addresses are right: every field, every"
                                + " character",
                        percent(DemoRun.share(exact)), exact.size()));
        show(model, unseen);
    }

    private void show(LoraModel model, List<Address> unseen) {
        List<Address> shown = unseen.subList(0, Math.min(SHOWN, unseen.size()));
        List<String> answers = new AddressReader(model).read(shown);
        for (int i = 0; i < shown.size(); i++) {
            String answer = answers.get(i);
            boolean right = shown.get(i).isAnsweredBy(answer);
            console.say("  " + shown.get(i).text());
            console.say("    " + (right ? "right: " : "wrong: ") + answer.replace('\n', ' '));
        }
        console.say("");
    }

    static String percent(double share) {
        return Words.format("%.1f %%", 100 * share);
    }

    void conclude(DemoRun lora, @Nullable DemoRun full) throws IOException {
        console.say(
                Words.format(
                        "%,d steps in %s, %,.0f tokens/s; the whole demonstration: %s",
                        lora.training().steps(),
                        Words.duration(lora.training().trainSeconds()),
                        lora.training().tokensPerSecond(),
                        Words.duration(seconds())));
        Path adapter = plan.directory().resolve("adapter");
        console.say(
                Words.format(
                        "the adapter: %s in %s, beside a base of %s; the loss curve: %s",
                        Words.bytes(lora.bytes()),
                        adapter,
                        Words.bytes(Weights.bytes(base)),
                        adapter.resolve("loss.png")));
        List<Boolean> test = lora.test();
        if (test != null) {
            console.say(
                    Words.format(
                            "%s: %s of %,d addresses are right",
                            String.valueOf(plan.test()),
                            percent(DemoRun.share(test)),
                            test.size()));
        }
        if (full != null) {
            console.say("");
            console.say(table(lora, full));
        }
        next(adapter);
        console.result(json(lora, full, adapter));
    }

    private static String table(DemoRun lora, DemoRun full) {
        Table table =
                new Table("", "trained", "file", "peak memory", "seconds", "right before", "after");
        row(table, "LoRA", lora);
        row(table, "full fine-tuning", full);
        return table.toString();
    }

    private static void row(Table table, String name, DemoRun run) {
        table.row(
                name,
                Words.format("%,d", run.parameters().trainable()),
                Words.bytes(run.bytes()),
                run.peak().isPresent() ? Words.format("%,d MB", run.peak().getAsLong()) : "unknown",
                Words.format("%.0f", run.training().trainSeconds()),
                percent(DemoRun.share(run.before())),
                percent(DemoRun.share(run.after())));
    }

    private void next(Path adapter) {
        console.say("");
        console.say("Next:");
        console.say("  ./lora4j inspect " + adapter);
        console.say("  ./lora4j demo --test yours.jsonl    (addresses of yours: docs/demo.md)");
        console.say(
                Words.format(
                        "and with a model and data of yours, a prompt and a completion a line as"
                                + " in %s:%n"
                                + "  ./lora4j train --task causal-lm --model path/to/model \\%n"
                                + "      --data yours.jsonl --output out/adapter",
                        plan.directory().resolve("train.jsonl")));
    }

    private JsonObject json(DemoRun lora, @Nullable DemoRun full, Path adapter) throws IOException {
        JsonObject json = lora.json();
        json.addProperty("seed", plan.seed());
        json.addProperty("addresses", plan.addresses());
        json.addProperty("unseen", plan.unseen());
        json.add("seconds", Json.number(seconds()));
        json.addProperty("base", base.toString());
        json.addProperty("base_bytes", Weights.bytes(base));
        json.addProperty("adapter", adapter.toString());
        json.addProperty("adapter_bytes", lora.bytes());
        json.addProperty("loss_curve", adapter.resolve("loss.png").toString());
        json.add("full", full == null ? JsonNull.INSTANCE : full.json());
        return json;
    }

    private double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }
}
