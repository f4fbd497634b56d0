/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.swap;

import ai.djl.nn.AbstractBaseBlock;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.util.PairList;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Plans, by reflection, the replacement of blocks wherever the blocks of a tree hold them.
 *
 * <p>DJL's containers keep their children twice, in a list whose accessor copies and in private
 * typed fields, and forward passes read either: both have to change. Keys stay as they are, since
 * paths and look-ups depend on them. Fields are followed through lists, sets, maps, pair lists,
 * arrays, optionals, records and objects of the user's own classes, nested in each other. A block
 * that a lambda has captured is found but cannot be replaced.
 */
public final class FieldSwap {
    /** The largest number of objects to look into: a field may lead to a whole program. */
    private static final int MOST_OBJECTS = 10_000;

    private final IdentityHashMap<Block, Block> replacements;
    private final Set<Block> listed = Collections.newSetFromMap(new IdentityHashMap<>());
    private final IdentityHashMap<Object, Object> seen = new IdentityHashMap<>();
    private final List<Edit> edits = new ArrayList<>();
    private boolean captured;

    /**
     * Plans for a tree; its blocks are looked into one by one.
     *
     * @param tree the blocks of the tree
     * @param replacements original to replacement, by identity
     */
    public FieldSwap(Collection<Block> tree, IdentityHashMap<Block, Block> replacements) {
        this.replacements = replacements;
        listed.addAll(tree);
    }

    /** Returns the edits of all nodes so far; nothing is changed until they run. */
    public List<Edit> edits() {
        return edits;
    }

    /** Returns whether a lambda holds what is to be replaced, and goes on to hold it. */
    public boolean isCaptured() {
        return captured;
    }

    /** Plans what changes inside one block of the tree, which is at a path. */
    public void plan(String path, Block block) {
        fields(block, path.isEmpty() ? "the root block" : path);
    }

    private void fields(Object holder, String where) {
        for (Class<?> c = holder.getClass(); c != null && c != Object.class; ) {
            for (Field field : c.getDeclaredFields()) {
                boolean djls = c == AbstractBaseBlock.class || c == AbstractBlock.class;
                if (!Modifier.isStatic(field.getModifiers())
                        && !field.getType().isPrimitive()
                        && (!djls || field.getType() == BlockList.class)) {
                    field(
                            holder,
                            field,
                            where + ": field " + field.getName() + " of " + c.getName());
                }
            }
            c = c.getSuperclass();
        }
    }

    private void field(Object holder, Field field, String where) {
        Object before;
        try {
            field.setAccessible(true);
            before = field.get(holder);
        } catch (ReflectiveOperationException | RuntimeException e) {
            if (canHoldBlocks(field.getType())) {
                throw unreachable(where, e);
            }
            return;
        }
        checkElements(field.getGenericType(), before, where);
        Object after = swapped(before, where);
        if (before != null && after != null && after != before) {
            if (!field.getType().isInstance(after)) {
                throw misfit(where, field.getType(), after);
            }
            edits.add(
                    new Edit(
                            () -> write(holder, field, after, where),
                            () -> write(holder, field, before, where)));
        }
    }

    /** Refuses what a list, say, could hold and what reads the list could not. */
    private void checkElements(Type type, @Nullable Object value, String where) {
        if (type instanceof WildcardType wildcard) {
            checkElements(wildcard.getUpperBounds()[0], value, where);
        } else if (type instanceof Class<?> plain) {
            Block replacement = value instanceof Block block ? replacements.get(block) : null;
            if (replacement != null && !plain.isInstance(replacement)) {
                throw misfit(where, plain, replacement);
            }
        } else if (type instanceof ParameterizedType of) {
            Type last = of.getActualTypeArguments()[of.getActualTypeArguments().length - 1];
            elements(value).forEach(element -> checkElements(last, element, where));
        }
    }

    /** The elements of a container, or the values of a map, which its last type parameter is of. */
    private static List<?> elements(@Nullable Object container) {
        if (container instanceof PairList<?, ?> pairs) {
            return pairs.values();
        }
        if (container instanceof Collection<?> collection) {
            return new ArrayList<>(collection);
        }
        if (container instanceof Map<?, ?> map) {
            return new ArrayList<>(map.values());
        }
        return container instanceof Optional<?> optional ? optional.stream().toList() : List.of();
    }

    private static boolean canHoldBlocks(Class<?> type) {
        return Block.class.isAssignableFrom(type)
                || PairList.class.isAssignableFrom(type)
                || Collection.class.isAssignableFrom(type)
                || Map.class.isAssignableFrom(type)
                || (type.isArray() && Block.class.isAssignableFrom(type.getComponentType()));
    }

    /** Returns the replacement of a value: the value itself if it stays, or is changed in place. */
    private @Nullable Object swapped(@Nullable Object value, String where) {
        if (value == null) {
            return null;
        }
        if (value instanceof Block block) {
            Block replacement = replacements.get(block);
            if (replacement != null || listed.contains(block)) {
                return replacement == null ? block : replacement;
            }
        }
        if (seen.containsKey(value)) {
            return seen.get(value);
        }
        if (value.getClass().isHidden() && seen.size() < MOST_OBJECTS) {
            seen.put(value, value);
            captures(value, where);
        }
        if (!leadsOn(value) || seen.size() >= MOST_OBJECTS) {
            return value;
        }
        seen.put(value, value); // until it is known, and where it is met inside itself
        Object after = lookedInto(value, where);
        seen.put(value, after);
        return after;
    }

    /** Looks into what a lambda has captured, which cannot be written. */
    private void captures(Object lambda, String where) {
        for (Field field : lambda.getClass().getDeclaredFields()) {
            try {
                if (!Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    Object before = field.get(lambda);
                    captured |= swapped(before, where) != before;
                }
            } catch (ReflectiveOperationException | InaccessibleObjectException e) {
                return; // not one of the user's
            }
        }
    }

    private Object lookedInto(Object value, String where) {
        if (value instanceof PairList<?, ?> pairs) {
            elements(pairs.values(), Object.class, where);
        } else if (value instanceof List<?> list) {
            return elements(list, Object.class, where);
        } else if (value instanceof Collection<?> collection) {
            return collection(collection, where);
        } else if (value instanceof Map<?, ?> map) {
            return map(map, where);
        } else if (value instanceof Optional<?> optional) {
            Object before = optional.orElse(null);
            Object after = swapped(before, where);
            return after == null || after == before ? value : Optional.of(after);
        } else if (value instanceof AtomicReference<?> reference) {
            reference(reference, where);
        } else if (value instanceof Object[] array) {
            elements(Arrays.asList(array), array.getClass().getComponentType(), where);
        } else if (value instanceof Record record) {
            return Records.copy(record, component -> swapped(component, where), where);
        } else {
            fields(value, where);
        }
        return value;
    }

    /** Returns whether a value may hold blocks. */
    private static boolean leadsOn(Object value) {
        return value instanceof Block
                || value instanceof PairList
                || value instanceof Collection
                || value instanceof Map
                || value instanceof Optional
                || value instanceof AtomicReference
                || value instanceof Object[]
                || value instanceof Record
                || (!(value instanceof Enum) && isUsers(value.getClass()));
    }

    /** Returns whether a class is a user's own, so that its objects may be read and written. */
    private static boolean isUsers(Class<?> type) {
        String name = type.getName();
        return !type.isArray()
                && !type.isHidden()
                && type.getClassLoader() != null
                && !name.startsWith("ai.djl.")
                && !name.startsWith("org.lora4j.block.")
                && !name.startsWith("org.slf4j.");
    }

    /** Plans for a list whose elements are of a type: the list itself, or one that replaces it. */
    @SuppressWarnings("unchecked")
    private Object elements(List<?> list, Class<?> type, String where) {
        List<Object> into = (List<Object>) list;
        List<Object> after = new ArrayList<>(list.size());
        List<Edit> own = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            int at = i;
            Object before = into.get(i);
            Object next = swapped(before, where);
            after.add(next);
            if (next != before) {
                if (!type.isInstance(next)) {
                    throw misfit(where, type, next);
                }
                own.add(new Edit(() -> into.set(at, next), () -> into.set(at, before)));
            }
        }
        if (!own.isEmpty() && !accepts(() -> into.set(0, into.get(0)))) {
            return after;
        }
        edits.addAll(own);
        return list;
    }

    @SuppressWarnings("unchecked")
    private Object collection(Collection<?> collection, String where) {
        List<Object> before = new ArrayList<>(collection);
        List<Object> after = new ArrayList<>(before.size());
        boolean changed = false;
        for (Object element : before) {
            Object next = swapped(element, where);
            changed |= next != element;
            after.add(next);
        }
        if (!changed) {
            return collection;
        }
        Collection<Object> into = (Collection<Object>) collection;
        if (accepts(() -> into.addAll(List.of()))) {
            edits.add(new Edit(() -> refill(into, after), () -> refill(into, before)));
            return collection;
        }
        return collection instanceof Set ? new LinkedHashSet<>(after) : after;
    }

    @SuppressWarnings("unchecked")
    private Object map(Map<?, ?> map, String where) {
        Map<Object, Object> before = new LinkedHashMap<>(map);
        if (before.size() != map.size()) {
            return map; // one that compares keys in a way of its own
        }
        Map<Object, Object> after = new LinkedHashMap<>();
        boolean[] changed = new boolean[1];
        before.forEach(
                (key, value) -> {
                    Object newKey = swapped(key, where);
                    Object newValue = swapped(value, where);
                    changed[0] |= newKey != key || newValue != value;
                    after.put(newKey, newValue);
                });
        if (!changed[0]) {
            return map;
        }
        Map<Object, Object> into = (Map<Object, Object>) map;
        if (accepts(() -> into.putAll(Map.of()))) {
            edits.add(new Edit(() -> refill(into, after), () -> refill(into, before)));
            return map;
        }
        return after;
    }

    @SuppressWarnings("unchecked")
    private void reference(AtomicReference<?> reference, String where) {
        Object before = reference.get();
        Object after = swapped(before, where);
        if (after != before) {
            AtomicReference<Object> into = (AtomicReference<Object>) reference;
            edits.add(new Edit(() -> into.set(after), () -> into.set(before)));
        }
    }

    /** Returns whether a collection can be written, by trying a change that leaves it as it is. */
    private static boolean accepts(Runnable change) {
        try {
            change.run();
            return true;
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    private static void refill(Collection<Object> collection, List<Object> elements) {
        collection.clear();
        collection.addAll(elements);
    }

    private static void refill(Map<Object, Object> map, Map<Object, Object> entries) {
        map.clear();
        map.putAll(entries);
    }

    private static void write(Object holder, Field field, Object value, String where) {
        try {
            field.set(holder, value);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw unreachable(where, e);
        }
    }

    static IllegalArgumentException misfit(String where, Class<?> type, @Nullable Object value) {
        return new IllegalArgumentException(
                ("%s holds a %s; a %s does not fit there. Call Lora.inject with the Model, wrap the"
                                + " root in a SequentialBlock, or leave this module out of the"
                                + " targets and of the modules to save")
                        .formatted(
                                where,
                                type.getSimpleName(),
                                value == null ? "null" : value.getClass().getSimpleName()));
    }

    private static IllegalStateException unreachable(String where, Exception cause) {
        return new IllegalStateException(
                where
                        + " cannot be reached by reflection; open its package to org.lora4j.djl, or"
                        + " let the block implement ReplaceableChildren",
                cause);
    }
}
