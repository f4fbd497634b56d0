/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** The checksum by which the hub names a file's content. */
final class ContentHash {
    private final MessageDigest digest;

    private ContentHash(String algorithm) {
        try {
            this.digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }

    /**
     * The hash to compare with the file's ETag, or empty for an ETag of another kind (some mirrors
     * make their own), where only the size can be checked.
     */
    static Optional<ContentHash> of(RemoteFile file) {
        if (file.isSha256()) {
            return Optional.of(new ContentHash("SHA-256"));
        }
        if (file.isGitHash() && file.size() >= 0) {
            ContentHash git = new ContentHash("SHA-1");
            git.digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.US_ASCII));
            return Optional.of(git);
        }
        return Optional.empty();
    }

    void update(byte[] bytes, int length) {
        digest.update(bytes, 0, length);
    }

    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
