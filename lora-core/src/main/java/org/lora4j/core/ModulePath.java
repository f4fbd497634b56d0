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
     * The name of a child without DJL's number. The number goes only if it is the child's own: a
     * name that begins with other digits is the model's and stays.
     *
     * @param djlKey the key in the parent's list of children
     * @param index the child's place in that list, from 0
     * @return the name; the key itself where the number is not the child's or nothing else is left
     */
    public static String segment(String djlKey, int index) {
        String number = String.format("%02d", index + 1);
        return djlKey.startsWith(number) && djlKey.length() > number.length()
                ? djlKey.substring(number.length())
                : djlKey;
    }

    /**
     * The names of all children of one block, each different as long as the keys are. Names that
     * would be equal without DJL's numbers (a SequentialBlock with two children "01Linear" and
     * "03Linear") keep their keys.
     *
     * @param djlKeys the keys of all children, in order
     * @return as many names, in the same order
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
     * @return the path; empty for no names
     */
    public static String of(List<String> segments) {
        return String.join(".", segments);
    }

    /**
     * The path of a module below another.
     *
     * @param parent the path above, or empty
     * @param child the path below it, or empty
     * @return parent, a dot, child; or the one that is not empty
     */
    public static String join(String parent, String child) {
        if (parent.isEmpty() || child.isEmpty()) {
            return parent + child;
        }
        return parent + "." + child;
    }

    /**
     * The path above.
     *
     * @param path a path
     * @return all but the last name; empty for a path of one name
     */
    public static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }

    /**
     * The last name of a path.
     *
     * @param path a path
     * @return what follows the last dot; the path itself without one
     */
    public static String lastSegment(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /**
     * Whether a path is another or lies below it.
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
     * Whether a path ends in a name or several, on a dot: PEFT's rule for listed names.
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
