/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.lora4j.cli.option.Switch;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalOptions;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.sample.SampleFile;
import org.lora4j.text.sample.SampleFormat;
import org.lora4j.text.sample.SampleReader;
import org.lora4j.text.sample.TrainingSamples;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How the texts of a language model are read and batched. */
public final class SampleOptions {
    /** The options that only a language model's texts have. */
    public static final List<String> NAMES =
            List.of("--format", "--packing", "--loss-on", "--on-bad-line");

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "auto",
            converter = FormatConverter.class,
            completionCandidates = FormatConverter.class,
            description =
                    "causal-lm: what each line of the .jsonl has: ${COMPLETION-CANDIDATES}. auto"
                            + " takes what the first line has.")
    private SampleFormat format = SampleFormat.AUTO;

    @Option(
            names = "--packing",
            paramLabel = "on|off",
            defaultValue = "on",
            description =
                    "causal-lm: whether a row of --max-length tokens holds as many texts as fit;"
                            + " each sees only itself. Off, a row is one text.")
    private Switch packing = Switch.on;

    @Option(
            names = "--loss-on",
            paramLabel = "TOKENS",
            defaultValue = "completion",
            description =
                    "causal-lm: which tokens are learnt: ${COMPLETION-CANDIDATES}. A plain text is"
                            + " learnt whole.")
    private Learnt lossOn = Learnt.completion;

    @Option(
            names = "--on-bad-line",
            paramLabel = "WHAT",
            defaultValue = "fail",
            description =
                    "causal-lm: what becomes of lines that cannot be read, and of conversations"
                            + " that the chat template refuses or that have no assistant:"
                            + " ${COMPLETION-CANDIDATES}.")
    private BadLine onBadLine = BadLine.fail;

    /** Which tokens are learnt. */
    enum Learnt {
        completion,
        all
    }

    /** What becomes of a broken line. */
    enum BadLine {
        fail,
        skip
    }

    /** Reads the name of a format, which has a hyphen that no enum constant can have. */
    static final class FormatConverter implements ITypeConverter<SampleFormat>, Iterable<String> {
        @Override
        public SampleFormat convert(String value) {
            for (SampleFormat format : SampleFormat.values()) {
                if (format.toString().equals(value)) {
                    return format;
                }
            }
            throw new TypeConversionException(
                    "'" + value + "' is no format; expected " + String.join(", ", this));
        }

        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(SampleFormat.values()).map(SampleFormat::toString).iterator();
        }
    }

    /** Returns how the texts are batched. */
    public CausalOptions causal(BatchOptions batches) {
        return new CausalOptions(
                batches,
                packing == Switch.on,
                lossOn == Learnt.completion ? LossOn.COMPLETION : LossOn.ALL);
    }

    /** Looks through a file that is to be streamed. */
    SampleFile open(Path file) throws IOException {
        return SampleFile.open(file, format, onBadLine());
    }

    private OnBadLine onBadLine() {
        return onBadLine == BadLine.fail ? OnBadLine.FAIL : OnBadLine.SKIP;
    }

    /** Reads a file, and tells of lines that are skipped. */
    TrainingSamples read(Path file, Console console) throws IOException {
        TrainingSamples samples = SampleReader.read(file, format, onBadLine());
        if (!samples.skipped().isEmpty()) {
            console.say(
                    Words.format(
                            "%,d lines of %s cannot be read and were skipped (%s)",
                            samples.skipped().count(),
                            file,
                            SampleReport.lines(samples.skipped())));
        }
        return samples;
    }
}
