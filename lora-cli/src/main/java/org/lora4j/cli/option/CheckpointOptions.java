/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lora4j.train.checkpoint.OnDivergence;
import org.lora4j.train.checkpoint.Resume;
import picocli.CommandLine.Option;

/** When the state of a training is saved, and what becomes of one that was. */
public final class CheckpointOptions {
    /** The directory below the output in which checkpoints are. */
    public static final String DIRECTORY = "checkpoints";

    private static final String AUTO = "auto";
    private static final Pattern INTERVAL = Pattern.compile("(\\d{1,9})([smh]?)");

    @Option(
            names = "--save-every",
            paramLabel = "N|TIME",
            description =
                    "Save the state of the training in OUTPUT/checkpoints every N steps, or after a"
                            + " time such as 30s, 10m or 1h, and when it is stopped. Default: every"
                            + " 10m with --resume, else not at all.")
    private @Nullable String saveEvery;

    @Option(
            names = "--keep-checkpoints",
            paramLabel = "N",
            description = "How many of these stay, the latest; 0 keeps all.")
    private int keep = 2;

    @Option(
            names = "--resume",
            arity = "0..1",
            fallbackValue = AUTO,
            paramLabel = "auto|DIR",
            description =
                    "Go on from the latest state in OUTPUT/checkpoints, or begin where there is"
                            + " none; or go on from the one in DIR.")
    private @Nullable String resume;

    @Option(
            names = "--force-resume",
            description =
                    "Resume though the data, the base or the options are not the same; what is"
                            + " ignored is told.")
    private boolean force;

    @Option(
            names = "--on-divergence",
            paramLabel = "stop|rollback",
            description =
                    "What a loss or gradient that is NaN or infinite does: stop, or go back to the"
                            + " last state that was saved and on at half the learning rate.")
    private OnDivergence onDivergence = OnDivergence.STOP;

    /** When to save: a number of steps, or a time, or neither. */
    public record Interval(int steps, @Nullable Duration time) {}

    /** Returns whether the state is saved at all. */
    public boolean isOn() {
        return saveEvery != null || resume != null || onDivergence == OnDivergence.ROLLBACK;
    }

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if they contradict each other or are out of range
     */
    public void check() {
        interval();
        if (force && resume == null) {
            throw new IllegalArgumentException("--force-resume needs --resume");
        }
        if (keep < 0) {
            throw new IllegalArgumentException(
                    "--keep-checkpoints is " + keep + "; expected 1 or more, or 0 for all");
        }
        if (keep != 2 && !isOn()) {
            throw new IllegalArgumentException("--keep-checkpoints needs --save-every or --resume");
        }
    }

    /** Returns when to save. */
    public Interval interval() {
        if (saveEvery == null) {
            return new Interval(0, null);
        }
        Matcher found = INTERVAL.matcher(saveEvery);
        if (!found.matches() || Integer.parseInt(found.group(1)) == 0) {
            throw new IllegalArgumentException(
                    "--save-every is '%s'; expected a number of steps, or a time such as 30s, 10m or 1h"
                            .formatted(saveEvery));
        }
        int number = Integer.parseInt(found.group(1));
        return switch (found.group(2)) {
            case "s" -> new Interval(0, Duration.ofSeconds(number));
            case "m" -> new Interval(0, Duration.ofMinutes(number));
            case "h" -> new Interval(0, Duration.ofHours(number));
            default -> new Interval(number, null);
        };
    }

    public int keep() {
        return keep;
    }

    public OnDivergence onDivergence() {
        return onDivergence;
    }

    /**
     * Returns what becomes of states that are there.
     *
     * @param overwrite whether they may be deleted
     */
    public Resume resume(boolean overwrite) {
        if (resume == null) {
            return overwrite ? Resume.afresh() : Resume.never();
        }
        Resume asked = resume.equals(AUTO) ? Resume.auto() : Resume.from(Path.of(resume));
        return force ? asked.forced() : asked;
    }
}
