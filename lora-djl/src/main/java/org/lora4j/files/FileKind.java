/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Recognises, by its first bytes, a file of another kind than the one that was expected. */
public final class FileKind {
    /** How many bytes are looked at. */
    public static final int HEAD_BYTES = 256;

    private static final String LFS = "version https://git-lfs.github.com/spec/";

    private FileKind() {}

    /**
     * Describes text in another encoding, or a text that stands where the real file should be.
     *
     * @param head the first bytes of the file, at most {@link #HEAD_BYTES} of them
     * @return the kind and what to do about it, or null if the bytes are of no such kind
     */
    static @Nullable String ofText(byte[] head) {
        int length = Math.min(head.length, HEAD_BYTES);
        String text = new String(head, 0, length, StandardCharsets.ISO_8859_1);
        if (text.startsWith(LFS)) {
            return "a Git LFS pointer in the place of the file; run \"git lfs pull\", or download"
                    + " the file itself";
        }
        String start = text.stripLeading().toLowerCase(Locale.ROOT);
        if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
            return "a web page (HTML), such as the error or login page of a server; download the"
                    + " file again";
        }
        if (text.startsWith("\u00ff\u00fe") || text.startsWith("\u00fe\u00ff") || isWide(head)) {
            return "text in UTF-16; save it as UTF-8";
        }
        return null;
    }

    /**
     * Describes a file that should be a safetensors file and is not.
     *
     * @param head the first bytes of the file
     * @return the kind and what to do about it, or null if the bytes are of no kind known here
     */
    public static @Nullable String ofWeights(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("GGUF")) {
            return "GGUF weights, which are not read; use the model's safetensors";
        }
        if (text.startsWith("PK\u0003\u0004") || text.startsWith("\u0080\u0002")) {
            return "a file of torch.save under a safetensors name; save it with save_file of"
                    + " safetensors";
        }
        if (text.startsWith("\u0089HDF")) {
            return "an HDF5 file, as Keras writes it; use the model's safetensors";
        }
        if (text.startsWith("\u001f\u008b")) {
            return "a gzip archive; unpack it";
        }
        return ofText(head);
    }

    /** ASCII characters, each beside a zero byte. */
    private static boolean isWide(byte[] head) {
        if (head.length < 4) {
            return false;
        }
        boolean little = head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0;
        boolean big = head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0;
        return little || big;
    }
}
