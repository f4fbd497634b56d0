/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.util.List;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.ErrorText;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.sample.TrainingSamples;
import org.lora4j.train.BatchSource;

/** What became of a file's texts on their way to a model. */
public final class SampleReport {
    private static final int SHOWN_LINES = 10;

    private SampleReport() {}

    static void tell(TrainingSamples samples, CausalDataset data, Console console) {
        String source = samples.source();
        console.say(Words.format("%s: %,d texts, %,d tokens", source, data.size(), data.tokens()));
        if (!data.truncated().isEmpty()) {
            console.say(
                    Words.format(
                            "%,d of %,d texts of %s are longer than %,d tokens and were cut there"
                                    + " (%s)",
                            data.truncated().size(),
                            samples.samples().size(),
                            source,
                            data.longest(),
                            lines(data.truncated())));
        }
        if (!data.leftOut().isEmpty()) {
            console.say(
                    Words.format(
                            "%,d of %,d texts of %s have no token to be learnt and were left out"
                                    + " (%s)",
                            data.leftOut().size(),
                            samples.samples().size(),
                            source,
                            lines(data.leftOut())));
        }
        if (!data.refused().isEmpty()) {
            console.say(
                    Words.format(
                            "%,d of %,d texts of %s cannot be tokenized and were skipped (%s)",
                            data.refused().count(),
                            samples.samples().size(),
                            source,
                            lines(data.refused())));
        }
        if (data.straddled() > 0) {
            console.say(
                    Words.format(
                            "in %,d of %,d texts of %s a token joins the end of the prompt with the"
                                    + " start of the completion; where prompts end in a space, move"
                                    + " it to the completions",
                            data.straddled(), data.size(), source));
        }
    }

    /** The first of some lines, and what is wrong with the first of all. */
    static String lines(SkippedLines skipped) {
        String first =
                "line " + skipped.first().get(0) + ": " + ErrorText.oneLine(skipped.reason());
        return skipped.count() == 1
                ? first
                : lines(skipped.first(), skipped.count()) + "; " + first;
    }

    /** The first of some lines. */
    private static String lines(List<Integer> lines) {
        return lines(lines, lines.size());
    }

    private static String lines(List<Integer> lines, long count) {
        StringBuilder text = new StringBuilder(count == 1 ? "line " : "lines ");
        int shown = Math.min(lines.size(), SHOWN_LINES);
        for (int i = 0; i < shown; i++) {
            text.append(i == 0 ? "" : ", ").append(lines.get(i));
        }
        return text.append(shown < count ? " and so on" : "").toString();
    }

    /** Reports labelled texts that are longer than a model reads. */
    static void tell(String source, TextDataset data, Console console) {
        if (data.truncated() > 0) {
            console.say(
                    Words.format(
                            "%,d of %,d texts of %s are longer than %,d tokens and were cut there",
                            data.truncated(), data.size(), source, data.longest()));
        }
    }

    /** Reports what was found in a file that was streamed, as far as it was read. */
    public static void tellRead(BatchSource<?> data, Console console) {
        if (!(data instanceof StreamedDataset<?> streamed)) {
            return;
        }
        StreamedDataset.Tally met = streamed.tally();
        console.say(Words.format("%s: %,d texts were read", streamed.path(), met.samples()));
        if (met.truncated() > 0) {
            console.say(
                    Words.format(
                            "%,d of them are longer than %,d tokens and were cut there",
                            met.truncated(), streamed.longest()));
        }
        if (met.leftOut() > 0) {
            console.say(
                    Words.format(
                            "%,d of them have no token to be learnt and were left out",
                            met.leftOut()));
        }
        if (met.skipped() > 0) {
            console.say(
                    Words.format(
                            "%,d lines cannot be read or tokenized and were skipped (%s)",
                            met.skipped(), ErrorText.oneLine(met.reason())));
        }
    }
}
