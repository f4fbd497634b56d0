/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.state;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Consumer;
import org.lora4j.files.Sha256;

/**
 * The batches of an epoch that were used.
 *
 * @param place where the data set says that it goes on, empty where it does not say
 * @param hash a hash of the batches, each chained to those before it; empty where there are none
 * @param promised how many the epoch has, or -1 where that is not known
 */
public record UsedBatches(String place, String hash, int promised) {
    /** None. */
    public static final UsedBatches NONE = new UsedBatches("", "", -1);

    /** Returns these and one more, which adds its content to a digest. */
    public UsedBatches with(Consumer<MessageDigest> batch) {
        MessageDigest digest = Sha256.digest();
        digest.update(hash.getBytes(StandardCharsets.US_ASCII));
        batch.accept(digest);
        return new UsedBatches(place, Sha256.hex(digest), promised);
    }

    /** Returns these, ending at a place. */
    public UsedBatches at(String reached) {
        return new UsedBatches(reached.isEmpty() ? place : reached, hash, promised);
    }
}
