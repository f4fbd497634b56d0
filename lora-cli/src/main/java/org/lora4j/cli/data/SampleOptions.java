/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.cli.option.Switch;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalOptions;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.sample.PreferencePairs;
import org.lora4j.text.sample.PreferenceReader;
import org.lora4j.text.sample.SampleFile;
import org.lora4j.text.sample.SampleFormat;
import org.lora4j.text.sample.SampleReader;
import org.lora4j.text.sample.TrainingSamples;
import picocli.CommandLine.Option;

/** How the texts of a language model are read and batched. */
public final class SampleOptions {
    /** The options that only a language model's texts have. */
    public static final List<String> NAMES =
            List.of("--format", "--packing", "--loss-on", "--on-bad-line");

    /** Those of them that pairs of texts do not have. */
    public static final List<String> NOT_FOR_PAIRS = List.of("--format", "--packing", "--loss-on");

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "causal-lm: what each line of the .jsonl has: messages, prompt-completion,"
                            + " instruction or text. auto uses the format of the first line.")
    private SampleFormat format = SampleFormat.AUTO;

    @Option(
            names = "--packing",
            paramLabel = "on|off",
            description =
                    "causal-lm: whether a row of --max-length tokens holds as many texts as fit,"
                            + " each of which sees only itself. If off, a row is one text.")
    private Switch packing = Switch.on;

    @Option(
            names = "--loss-on",
            paramLabel = "completion|all",
            defaultValue = "completion",
            description = "causal-lm: which tokens are learnt; all of a plain text are.")
    private LossOn lossOn;

    @Option(
            names = "--on-bad-line",
            paramLabel = "fail|skip",
            defaultValue = "fail",
            description =
                    "causal-lm: whether to fail at or skip lines that cannot be read, and"
                            + " conversations that the chat template refuses or that have no"
                            + " assistant.")
    private OnBadLine onBadLine;

    /** Returns how the texts are batched. */
    public CausalOptions causal(BatchOptions batches) {
        return new CausalOptions(batches, packing == Switch.on, lossOn);
    }

    /** Reads a file of pairs, and reports the lines that are skipped. */
    public PreferencePairs pairs(Path file, Console console) throws IOException {
        PreferencePairs pairs = PreferenceReader.read(file, onBadLine);
        tellSkipped(pairs.skipped(), file, console);
        return pairs;
    }

    private static void tellSkipped(SkippedLines skipped, Path file, Console console) {
        if (!skipped.isEmpty()) {
            console.say(
                    "%,d lines of %s cannot be read and were skipped (%s)",
                    skipped.count(), file, SampleReport.lines(skipped));
        }
    }

    /** Opens a file to stream. */
    SampleFile open(Path file) throws IOException {
        return SampleFile.open(file, format, onBadLine);
    }

    /** Reads a file, and reports the lines that are skipped. */
    public TrainingSamples read(Path file, Console console) throws IOException {
        TrainingSamples samples = SampleReader.read(file, format, onBadLine);
        tellSkipped(samples.skipped(), file, console);
        return samples;
    }
}
