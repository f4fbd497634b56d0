/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.types.DataType;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An element type of the safetensors format; the constants are the names in the file, in the order
 * of the reference implementation, which lays out a file from the last to the first.
 *
 * <p>Every type can be listed, checked, mapped and copied as bytes. Only those with a {@link
 * #dataType()} become an NDArray directly; BF16 becomes one as float32.
 */
public enum TensorDtype {
    /** One byte, 0 or 1. */
    BOOL(8, DataType.BOOLEAN),
    /** 4-bit float of the OCP microscaling formats. */
    F4(4, null),
    /** 6-bit float, two exponent bits. */
    F6_E2M3(6, null),
    /** 6-bit float, three exponent bits. */
    F6_E3M2(6, null),
    /** Unsigned byte. */
    U8(8, DataType.UINT8),
    /** Signed byte. */
    I8(8, DataType.INT8),
    /** 8-bit float, five exponent bits. */
    F8_E5M2(8, null),
    /** 8-bit float, four exponent bits. */
    F8_E4M3(8, null),
    /** 8-bit power of two, a scale of the microscaling formats. */
    F8_E8M0(8, null),
    /** 8-bit float, four exponent bits, no negative zero. */
    F8_E4M3FNUZ(8, null),
    /** 8-bit float, five exponent bits, no negative zero. */
    F8_E5M2FNUZ(8, null),
    /** Signed 16-bit integer. */
    I16(16, null),
    /** Unsigned 16-bit integer. */
    U16(16, null),
    /** IEEE half precision. */
    F16(16, DataType.FLOAT16),
    /** The upper half of a float32. */
    BF16(16, null),
    /** Signed 32-bit integer. */
    I32(32, DataType.INT32),
    /** Unsigned 32-bit integer. */
    U32(32, null),
    /** IEEE single precision. */
    F32(32, DataType.FLOAT32),
    /** Complex of two float32. */
    C64(64, null),
    /** IEEE double precision. */
    F64(64, DataType.FLOAT64),
    /** Signed 64-bit integer. */
    I64(64, DataType.INT64),
    /** Unsigned 64-bit integer. */
    U64(64, null);

    private final int bits;
    // Null where DJL cannot hold the type: for BF16 and I16 it would abort the JVM.
    private final @Nullable DataType dataType;

    TensorDtype(int bits, @Nullable DataType dataType) {
        this.bits = bits;
        this.dataType = dataType;
    }

    /**
     * Returns the DJL type that holds these elements unchanged, or empty where there is none.
     *
     * @return the type of an array that is read without a conversion
     */
    public Optional<DataType> dataType() {
        return Optional.ofNullable(dataType);
    }

    /**
     * Whether the type is a float of 16 bits or more, so that its elements can be read as float32.
     *
     * @return true for F16, BF16, F32 and F64
     */
    public boolean isFloating() {
        return this == F16 || this == BF16 || this == F32 || this == F64;
    }

    /**
     * Returns the number of bytes that a tensor of this type takes.
     *
     * @param shape the dimensions, each at least 0
     * @return the product of the dimensions times the element size
     * @throws ArithmeticException if the size does not fit a long or is not a whole number of bytes
     */
    public long byteSize(long... shape) {
        long elements = 1;
        for (long dimension : shape) {
            elements = Math.multiplyExact(elements, dimension);
        }
        long size = Math.multiplyExact(elements, (long) bits);
        if (size % 8 != 0) {
            throw new ArithmeticException(size + " bits are not a whole number of bytes");
        }
        return size / 8;
    }

    /**
     * Checks the dimensions of a tensor without elements: native code multiplies the others, too.
     *
     * @param shape the dimensions, each at least 0
     * @throws ArithmeticException if those that are not 0 multiply to 2^63 or more
     */
    public static void checkDimensions(long... shape) {
        long product = 1;
        for (long dimension : shape) {
            product = Math.multiplyExact(product, Math.max(1, dimension));
        }
    }

    /**
     * Returns the file's name of a DJL type.
     *
     * @param type the type of an NDArray
     * @return the dtype, or empty for a type that the format or this library cannot name, such as
     *     the UNKNOWN that a bfloat16 array made by TorchScript reports
     */
    public static Optional<TensorDtype> of(DataType type) {
        return Stream.of(values()).filter(dtype -> dtype.dataType == type).findFirst();
    }

    /**
     * Returns the type of a name in a file.
     *
     * @param name as the format writes it, such as {@code BF16}
     * @return the dtype, or empty for a name that the format does not have
     */
    public static Optional<TensorDtype> byName(String name) {
        return Stream.of(values()).filter(dtype -> dtype.name().equals(name)).findFirst();
    }
}
