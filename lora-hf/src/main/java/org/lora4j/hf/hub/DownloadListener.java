/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

/** Is notified of the progress of downloads. */
@FunctionalInterface
public interface DownloadListener {
    /** Does nothing. */
    DownloadListener NONE = progress -> {};

    /**
     * Called on the downloading thread at the start of a file, about five times a second, and at
     * its end. An exception ends the download; what came stays for the next run to resume.
     *
     * @param progress the progress of the file
     */
    void onProgress(DownloadProgress progress);
}
