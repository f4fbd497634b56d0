/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.swap;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.RecordComponent;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Copies records, whose fields cannot be written, with other components. */
final class Records {
    private Records() {}

    /**
     * Returns a record with changed components.
     *
     * @param record the record, returned itself where no component changes
     * @param change gives for each component what takes its place
     * @param where where the record is, for messages
     * @throws IllegalArgumentException if a changed component does not fit, or the record's
     *     constructor refuses it
     */
    static Object copy(Record record, UnaryOperator<@Nullable Object> change, String where) {
        RecordComponent[] components = record.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        boolean changed = false;
        try {
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                Field field = record.getClass().getDeclaredField(components[i].getName());
                field.setAccessible(true);
                Object before = field.get(record);
                values[i] = types[i].isPrimitive() ? before : change.apply(before);
                if (values[i] != before) {
                    changed = true;
                    if (!types[i].isInstance(values[i])) {
                        throw FieldSwap.misfit(where, types[i], values[i]);
                    }
                }
            }
            if (!changed) {
                return record;
            }
            Constructor<?> constructor = record.getClass().getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            if (!changed) {
                return record;
            }
            throw new IllegalArgumentException(
                    ("%s holds a record %s that cannot be made anew with the adapted layers; keep"
                                    + " them in fields of the block, or leave them out of the"
                                    + " targets")
                            .formatted(where, record.getClass().getName()),
                    e);
        }
    }
}
