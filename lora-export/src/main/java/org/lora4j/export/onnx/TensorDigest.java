/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.lora4j.files.Sha256;

/** The SHA-256 of a tensor's bytes, by which weights are found again in files. */
final class TensorDigest {
    private TensorDigest() {}

    /** Digests a weight in a form. */
    static String of(NDArray weight, WeightForm form) throws IOException {
        MessageDigest digest = Sha256.digest();
        form.write(weight, digest::update);
        return Sha256.hex(digest);
    }

    /** Digests a tensor of a file. */
    static String of(FileTensor tensor) throws IOException {
        MessageDigest digest = Sha256.digest();
        ByteBuffer piece = ByteBuffer.allocate(1 << 16);
        try (FileChannel channel = FileChannel.open(tensor.file(), StandardOpenOption.READ)) {
            channel.position(tensor.position());
            long left = tensor.length();
            while (left > 0) {
                piece.clear().limit((int) Math.min(piece.capacity(), left));
                if (channel.read(piece) < 0) {
                    throw new IOException(tensor.file() + ": ends within " + tensor.name());
                }
                left -= piece.position();
                digest.update(piece.flip());
            }
        }
        return Sha256.hex(digest);
    }
}
