/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.PreferenceDataset;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.sample.PreferencePairs;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.BatchSource;

/** Reports what became of a file's texts on their way to a model. */
public final class SampleReport {
    private static final int SHOWN_LINES = 10;

    private SampleReport() {}

    /** Reports that a file is streamed. */
    static void tellStreamed(Path file, long size, Console console) {
        console.say(
                "%s: %s, streamed in windows of about 4 MiB (--stream off reads it whole)",
                file, Words.bytes(size));
    }

    /** Reports how texts were tokenized. */
    static void tell(TrainingSamples samples, CausalDataset data, Console console) {
        String source = samples.source();
        console.say("%s: %,d texts, %,d tokens", source, data.size(), data.tokens());
        String all = Words.format("%,d texts of %s", samples.samples().size(), source);
        if (!data.truncated().isEmpty()) {
            console.say(
                    "%,d of %s are longer than %,d tokens and were cut there (%s)",
                    data.truncated().size(), all, data.longest(), lines(data.truncated()));
        }
        if (!data.leftOut().isEmpty()) {
            console.say(
                    "%,d of %s have no token to be learnt and were left out (%s)",
                    data.leftOut().size(), all, lines(data.leftOut()));
        }
        if (!data.refused().isEmpty()) {
            console.say(
                    "%,d of %s cannot be tokenized and were skipped (%s)",
                    data.refused().count(), all, lines(data.refused()));
        }
        if (data.straddled() > 0) {
            console.say(
                    "in %,d of %,d texts of %s a token joins the end of the prompt with the start"
                            + " of the completion; where prompts end in a space, move it to the"
                            + " completions",
                    data.straddled(), data.size(), source);
        }
    }

    /** Reports how pairs of texts were tokenized. */
    public static void tell(PreferencePairs pairs, PreferenceDataset data, Console console) {
        String source = pairs.source();
        console.say("%s: %,d pairs, %,d tokens", source, data.size(), data.tokens());
        String all = Words.format("%,d pairs of %s", pairs.pairs().size(), source);
        if (!data.truncated().isEmpty()) {
            console.say(
                    "%,d of %s have a text that is too long and was cut (%s)",
                    data.truncated().size(), all, lines(data.truncated()));
        }
        if (!data.leftOut().isEmpty()) {
            console.say(
                    "%,d of %s have a completion without a token left and were left out (%s)",
                    data.leftOut().size(), all, lines(data.leftOut()));
        }
        if (!data.refused().isEmpty()) {
            console.say(
                    "%,d of %s cannot be tokenized and were skipped (%s)",
                    data.refused().count(), all, lines(data.refused()));
        }
    }

    /** Returns the numbers of the first lines, and what is wrong with the first of all. */
    static String lines(SkippedLines skipped) {
        int line = skipped.first().get(0);
        String first = "line " + line + ": " + ErrorText.oneLine(skipped.reason());
        return skipped.count() == 1
                ? first
                : lines(skipped.first(), skipped.count()) + "; " + first;
    }

    private static String lines(List<Integer> lines) {
        return lines(lines, lines.size());
    }

    private static String lines(List<Integer> lines, long count) {
        List<Integer> shown = lines.subList(0, Math.min(lines.size(), SHOWN_LINES));
        String numbers = shown.stream().map(String::valueOf).collect(Collectors.joining(", "));
        return (count == 1 ? "line " : "lines ")
                + numbers
                + (shown.size() < count ? " and so on" : "");
    }

    /** Reports what was found in a streamed file, as far as it was read. */
    public static void tellRead(BatchSource<?> data, Console console) {
        tellRead(data, false, console);
    }

    /**
     * Reports what this process found in a streamed file, as far as it was read.
     *
     * @param resumed whether the training began in another process, which read the texts before
     */
    public static void tellRead(BatchSource<?> data, boolean resumed, Console console) {
        if (!(data instanceof StreamedDataset<?> streamed)) {
            return;
        }
        StreamedDataset.Tally met = streamed.tally();
        console.say(
                "%s: %,d texts were read%s",
                streamed.path(), met.samples(), resumed ? " since the training was resumed" : "");
        if (met.truncated() > 0) {
            console.say(
                    "%,d of them are longer than %,d tokens and were cut there",
                    met.truncated(), streamed.longest());
        }
        if (met.leftOut() > 0) {
            console.say("%,d of them have no token to be learnt and were left out", met.leftOut());
        }
        if (met.skipped() > 0) {
            console.say(
                    "%,d lines cannot be read or tokenized and were skipped (%s)",
                    met.skipped(), ErrorText.oneLine(met.reason()));
        }
    }
}
