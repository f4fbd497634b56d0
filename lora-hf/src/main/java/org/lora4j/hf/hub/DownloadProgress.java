/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

/**
 * The progress of a download.
 *
 * @param model the model, as the user named it
 * @param file the name of the file in the model
 * @param fileNumber the file's place among those to download, counted from 1
 * @param fileCount how many files there are to download
 * @param bytes bytes of the file that are here, those of an earlier run included
 * @param totalBytes the size of the file
 * @param bytesPerSecond the rate of this run, 0 before the first bytes
 */
public record DownloadProgress(
        String model,
        String file,
        int fileNumber,
        int fileCount,
        long bytes,
        long totalBytes,
        double bytesPerSecond) {}
