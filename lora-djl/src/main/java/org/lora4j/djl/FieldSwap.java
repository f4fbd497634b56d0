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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

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
    static List<Runnable> plan(BlockTree.Node node, IdentityHashMap<Block, Block> replacements) {
        List<Runnable> edits = new ArrayList<>();
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
            List<Runnable> edits) {
        Object value = read(node, field);
        if (value instanceof Block block && replacements.containsKey(block)) {
            Block replacement = replacements.get(block);
            if (!field.getType().isInstance(replacement)) {
                throw new IllegalArgumentException(
                        place(node, field)
                                + " holds a "
                                + field.getType().getSimpleName()
                                + "; a "
                                + replacement.getClass().getSimpleName()
                                + " does not fit there. Leave this module out of the targets");
            }
            edits.add(() -> write(node, field, replacement));
        } else if (value instanceof BlockList list) {
            edits.add(() -> swapChildren(list, replacements));
        } else if (value instanceof List<?> list && mentions(list, replacements)) {
            edits.add(() -> write(node, field, swapped(list, replacements)));
        } else if (value instanceof Map<?, ?> map && mentions(map.values(), replacements)) {
            edits.add(() -> swapValues(map, replacements));
        } else if (value instanceof Block[] array) {
            edits.add(() -> swapElements(array, replacements));
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

    private static void swapChildren(
            BlockList children, IdentityHashMap<Block, Block> replacements) {
        for (int i = 0; i < children.size(); i++) {
            Block replacement = replacements.get(children.valueAt(i));
            if (replacement != null) {
                String key = children.keyAt(i);
                children.remove(i);
                children.add(i, key, replacement);
            }
        }
    }

    private static List<Object> swapped(List<?> list, IdentityHashMap<Block, Block> replacements) {
        List<Object> copy = new ArrayList<>(list.size());
        for (Object value : list) {
            Block replacement = value instanceof Block block ? replacements.get(block) : null;
            copy.add(replacement == null ? value : replacement);
        }
        return copy;
    }

    @SuppressWarnings("unchecked")
    private static void swapValues(Map<?, ?> map, IdentityHashMap<Block, Block> replacements) {
        ((Map<Object, Object>) map)
                .replaceAll(
                        (key, value) -> {
                            Block found = value instanceof Block b ? replacements.get(b) : null;
                            return found == null ? value : found;
                        });
    }

    private static void swapElements(Block[] array, IdentityHashMap<Block, Block> replacements) {
        for (int i = 0; i < array.length; i++) {
            Block replacement = replacements.get(array[i]);
            array[i] = replacement == null ? array[i] : replacement;
        }
    }

    private static Object read(BlockTree.Node node, Field field) {
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
