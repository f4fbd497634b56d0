/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file as the hub describes it.
 *
 * @param name its path in the model, checked
 * @param etag the name of its blob, checked: the SHA-256 of a large file, the git hash of a small
 *     one
 * @param size its bytes, or -1 where the hub does not say
 * @param address where to download it from
 */
record RemoteFile(String name, String etag, long size, URI address) {
    private static final Pattern SEGMENT = Pattern.compile("[\\w][\\w.+ ()=,-]{0,199}");
    private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /** Checks a file name from the server, which must not leave the snapshot's directory. */
    static String checkedName(String name) throws HubException {
        for (String segment : name.split("/", -1)) {
            if (!SEGMENT.matcher(segment).matches() || segment.endsWith(".")) {
                throw new HubException(
                        "file name '" + name + "' from the hub is refused: it is not a plain path");
            }
        }
        return name;
    }

    /** Returns an ETag header's value without its quotes, checked to be usable as a file name. */
    static String checkedEtag(String name, @Nullable String header) throws HubException {
        String etag = header == null ? "" : header.strip();
        if (etag.startsWith("W/")) {
            etag = etag.substring(2);
        }
        if (etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"")) {
            etag = etag.substring(1, etag.length() - 1);
        }
        if (!ETAG.matcher(etag).matches() || etag.contains("..")) {
            throw new HubException(
                    ("%s: the hub names no checksum for it (ETag %s); is HF_ENDPOINT a Hugging Face"
                                    + " hub?")
                            .formatted(name, header));
        }
        return etag;
    }
}
