/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Paths of modules as Hugging Face writes them: names joined by dots, "encoder.layer.0.query"; the
 * empty path is the model itself. Only static methods, safe for use by any number of threads.
 *
 * <p>DJL stores a child under "%02d" + name with the number counted from 1 ({@code
 * AbstractBlock.addChildBlock}): "01layer", "021" for the child "1" in second place, "10099" for
 * the child "99" in hundredth place.
 */
public final class ModulePath {
    private ModulePath() {}

    /**
     * Returns the name of a child without DJL's number. Only the child's own number is removed:
     * other digits at the start belong to the model's name.
     *
     * @param djlKey the key in the parent's list of children
     * @param index the child's place in that list, from 0
     */
    public static String segment(String djlKey, int index) {
        String number = String.format("%02d", index + 1);
        return djlKey.startsWith(number) && djlKey.length() > number.length()
                ? djlKey.substring(number.length())
                : djlKey;
    }

    /**
     * Returns the names of all children of one block, which differ from each other if the keys do.
     * Names that would be equal without DJL's numbers (a SequentialBlock with two children
     * "01Linear" and "03Linear") keep their keys.
     *
     * @param djlKeys the keys of all children, in order
     */
    public static List<String> segments(List<String> djlKeys) {
        List<String> names = new ArrayList<>(djlKeys.size());
        for (int i = 0; i < djlKeys.size(); i++) {
            names.add(segment(djlKeys.get(i), i));
        }
        Set<String> repeated = repeated(names);
        for (int i = 0; i < names.size(); i++) {
            if (repeated.contains(names.get(i))) {
                names.set(i, djlKeys.get(i));
            }
        }
        // A key that was kept may equal a name that was shortened: then no name is shortened.
        return repeated(names).isEmpty() ? List.copyOf(names) : List.copyOf(djlKeys);
    }

    /**
     * Joins names from the root down to a path.
     *
     * @param segments the names, without dots
     */
    public static String of(List<String> segments) {
        return String.join(".", segments);
    }

    /**
     * Joins the path of a module and the path of another below it.
     *
     * @param parent the path above, or empty
     * @param child the path below it, or empty
     */
    public static String join(String parent, String child) {
        if (parent.isEmpty() || child.isEmpty()) {
            return parent + child;
        }
        return parent + "." + child;
    }

    /**
     * Returns a path without its last name; empty for a path of one name.
     *
     * @param path a path
     */
    public static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }

    /**
     * Returns the last name of a path.
     *
     * @param path a path
     */
    public static String lastSegment(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /**
     * Returns whether a path equals another or lies below it.
     *
     * @param path a path
     * @param prefix the path that may stand above; the empty path is above all
     * @return true for "a.b" and "a", false for "ab" and "a"
     */
    public static boolean startsWith(String path, String prefix) {
        return prefix.isEmpty()
                || (path.startsWith(prefix)
                        && (path.length() == prefix.length()
                                || path.charAt(prefix.length()) == '.'));
    }

    /**
     * Returns whether a path ends in one name or several, on a dot: PEFT's rule for listed names.
     *
     * @param path a path
     * @param suffix one name or more
     * @return true for "a.lin" and "lin", and for equal paths; false for "a.mylin" and "lin"
     */
    public static boolean endsWith(String path, String suffix) {
        int start = path.length() - suffix.length();
        return path.endsWith(suffix) && (start == 0 || path.charAt(start - 1) == '.');
    }

    private static Set<String> repeated(List<String> names) {
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                repeated.add(name);
            }
        }
        return repeated;
    }
}
