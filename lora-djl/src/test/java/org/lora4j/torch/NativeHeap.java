/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Structure;

/**
 * The bytes that native code holds on the C heap, read from glibc's {@code mallinfo2}. They include
 * tensors but not the Java heap, whose resident size depends on the garbage collector.
 */
public final class NativeHeap {
    private NativeHeap() {}

    /**
     * Returns the bytes allocated and not freed. The JVM's compilers also allocate here while they
     * compile, so compare the lowest of several values.
     */
    public static long used() {
        assumeTrue(Platform.isLinux(), "the C heap is measured on Linux");
        Function mallinfo2;
        try {
            mallinfo2 = NativeLibrary.getInstance("c").getFunction("mallinfo2");
        } catch (UnsatisfiedLinkError e) {
            assumeTrue(false, "mallinfo2 needs glibc 2.33: " + e.getMessage());
            throw e;
        }
        Info info = (Info) mallinfo2.invoke(Info.class, new Object[0]);
        return info.uordblks + info.hblkhd;
    }

    /** C's {@code struct mallinfo2}. */
    @Structure.FieldOrder({
        "arena", "ordblks", "smblks", "hblks", "hblkhd",
        "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"
    })
    public static final class Info extends Structure implements Structure.ByValue {
        public long arena;
        public long ordblks;
        public long smblks;
        public long hblks;
        public long hblkhd;
        public long usmblks;
        public long fsmblks;
        public long uordblks;
        public long fordblks;
        public long keepcost;
    }
}
