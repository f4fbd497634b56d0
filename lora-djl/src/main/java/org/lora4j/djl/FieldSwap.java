/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Plans the replacement of blocks inside one of DJL's own containers by reflection.
 *
 * <p>DJL's containers keep their children twice, in a list whose accessor copies and in private
 * typed fields, and forward passes read either: both have to change. Keys stay as they are, since
 * paths and look-ups depend on them.
 */
final class FieldSwap {
    private FieldSwap() {}

    /** Returns the edits; nothing is changed until they run. */
    static List<Edit> plan(BlockTree.Node node, IdentityHashMap<Block, Block> replacements) {
        List<Edit> edits = new ArrayList<>();
        for (Class<?> c = node.block().getClass(); c != null; c = c.getSuperclass()) {
            if (c == Object.class) {
                break;
            }
            for (Field field : c.getDeclaredFields()) {
                boolean relevant =
                        !Modifier.isStatic(field.getModifiers())
                                && !field.getType().isPrimitive()
                                && (c != AbstractBlock.class || field.getType() == BlockList.class);
                if (relevant && canHoldBlocks(field.getType())) {
                    plan(node, field, replacements, edits);
                }
            }
        }
        return edits;
    }

    private static boolean canHoldBlocks(Class<?> type) {
        return Block.class.isAssignableFrom(type)
                || type == BlockList.class
                || List.class.isAssignableFrom(type)
                || Map.class.isAssignableFrom(type)
                || (type.isArray() && Block.class.isAssignableFrom(type.getComponentType()));
    }

    private static void plan(
            BlockTree.Node node,
            Field field,
            IdentityHashMap<Block, Block> replacements,
            List<Edit> edits) {
        Object value = read(node, field);
        if (value instanceof Block block && replacements.containsKey(block)) {
            edits.add(exchange(node, field, block, fitting(node, field, replacements.get(block))));
        } else if (value instanceof BlockList list && mentions(list.values(), replacements)) {
            edits.add(new Edit(() -> swap(list, replacements), () -> swapBack(list, replacements)));
        } else if (value instanceof List<?> list && mentions(list, replacements)) {
            List<Object> copy = new ArrayList<>(list);
            copy.replaceAll(entry -> replaced(entry, replacements));
            edits.add(exchange(node, field, list, fitting(node, field, copy)));
        } else if (value instanceof Map<?, ?> map && mentions(map.values(), replacements)) {
            Map<Object, Object> copy = new LinkedHashMap<>(map);
            copy.replaceAll((key, entry) -> replaced(entry, replacements));
            edits.add(exchange(node, field, map, fitting(node, field, copy)));
        } else if (value instanceof Block[] array && mentions(Arrays.asList(array), replacements)) {
            Block[] copy = array.clone();
            for (int i = 0; i < copy.length; i++) {
                Object entry = replaced(copy[i], replacements);
                if (!array.getClass().getComponentType().isInstance(entry)) {
                    throw misfit(node, field, entry);
                }
                copy[i] = (Block) entry;
            }
            edits.add(exchange(node, field, array, copy));
        }
    }

    private static boolean mentions(
            Iterable<?> values, IdentityHashMap<Block, Block> replacements) {
        for (Object value : values) {
            if (value instanceof Block block && replacements.containsKey(block)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Object replaced(
            @Nullable Object value, IdentityHashMap<Block, Block> replacements) {
        Block found = value instanceof Block block ? replacements.get(block) : null;
        return found == null ? value : found;
    }

    /** Returns the value if the field's type takes it. */
    private static Object fitting(BlockTree.Node node, Field field, @Nullable Object value) {
        if (value == null || !field.getType().isInstance(value)) {
            throw misfit(node, field, value);
        }
        return value;
    }

    private static IllegalArgumentException misfit(
            BlockTree.Node node, Field field, @Nullable Object value) {
        return new IllegalArgumentException(
                place(node, field)
                        + " holds a "
                        + field.getType().getSimpleName()
                        + "; a "
                        + (value == null ? "null" : value.getClass().getSimpleName())
                        + " does not fit there. Leave this module out of the targets and of the"
                        + " modules to save");
    }

    private static Edit exchange(BlockTree.Node node, Field field, Object before, Object after) {
        return new Edit(() -> write(node, field, after), () -> write(node, field, before));
    }

    private static void swap(BlockList children, IdentityHashMap<Block, Block> replacements) {
        for (int i = 0; i < children.size(); i++) {
            Block replacement = replacements.get(children.valueAt(i));
            if (replacement != null) {
                put(children, i, replacement);
            }
        }
    }

    private static void swapBack(BlockList children, IdentityHashMap<Block, Block> replacements) {
        IdentityHashMap<Block, Block> originals = new IdentityHashMap<>();
        replacements.forEach((original, replacement) -> originals.put(replacement, original));
        swap(children, originals);
    }

    private static void put(BlockList children, int index, Block replacement) {
        String key = children.keyAt(index);
        children.remove(index);
        children.add(index, key, replacement);
    }

    private static @Nullable Object read(BlockTree.Node node, Field field) {
        try {
            field.setAccessible(true);
            return field.get(node.block());
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw unreachable(node, field, e);
        }
    }

    private static void write(BlockTree.Node node, Field field, Object value) {
        try {
            field.set(node.block(), value);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw unreachable(node, field, e);
        }
    }

    private static IllegalStateException unreachable(
            BlockTree.Node node, Field field, Exception cause) {
        return new IllegalStateException(
                place(node, field)
                        + " cannot be reached by reflection; open its package to org.lora4j.djl, or"
                        + " let the block implement ReplaceableChildren",
                cause);
    }

    private static String place(BlockTree.Node node, Field field) {
        String path = node.path().isEmpty() ? "the root block" : node.path();
        return path + ": field " + field.getName() + " of " + field.getDeclaringClass().getName();
    }
}
