/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.terminal;

import org.lora4j.hf.hub.DownloadListener;
import org.lora4j.hf.hub.DownloadProgress;

/**
 * Shows a download in one line that is redrawn on a terminal, or else in one line for each file.
 */
public final class DownloadLine implements DownloadListener {
    private final Console console;
    private final boolean terminal = Terminal.isErrorStream();

    public DownloadLine(Console console) {
        this.console = console;
    }

    @Override
    public void onProgress(DownloadProgress progress) {
        boolean done = progress.bytes() >= progress.totalBytes();
        String line =
                Words.format(
                        "%s %s (%d of %d): %s of %s",
                        progress.model(),
                        progress.file(),
                        progress.fileNumber(),
                        progress.fileCount(),
                        Words.bytes(progress.bytes()),
                        Words.bytes(progress.totalBytes()));
        if (terminal) {
            String rate =
                    progress.bytesPerSecond() > 0
                            ? ", " + Words.bytes(Math.round(progress.bytesPerSecond())) + "/s"
                            : "";
            console.redraw(line + rate, done);
        } else if (done) {
            console.note(line);
        }
    }
}
