/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.util.regex.Pattern;

/**
 * A model on the hub at a revision.
 *
 * @param repository "org/name", or "name" for the few models without an organisation
 * @param revision a branch, a tag or a commit
 */
public record ModelId(String repository, String revision) {
    private static final Pattern REPOSITORY =
            Pattern.compile("(?:[A-Za-z0-9_][\\w.-]{0,95}/)?[A-Za-z0-9_][\\w.-]{0,95}");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][\\w./+-]{0,249}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /**
     * Checks that neither part can lead out of the cache.
     *
     * @throws IllegalArgumentException if one of them is no name on the hub
     */
    public ModelId {
        boolean named =
                REPOSITORY.matcher(repository).matches()
                        && !repository.contains("--")
                        && !repository.contains("..")
                        && !repository.endsWith(".git");
        if (!named) {
            throw new IllegalArgumentException(
                    "'" + repository + "' is no model: expected org/name or org/name@revision");
        }
        boolean revised =
                REVISION.matcher(revision).matches()
                        && !revision.contains("..")
                        && !revision.contains("//")
                        && !revision.endsWith("/");
        if (!revised) {
            throw new IllegalArgumentException(
                    "'" + revision + "' is no revision: expected a branch, a tag or a commit");
        }
    }

    /**
     * Reads "org/name", "name", or either with "@revision"; the revision is "main" by default.
     *
     * @param text what a user typed
     * @return the model
     * @throws IllegalArgumentException if it is not of that form
     */
    public static ModelId parse(String text) {
        int at = text.indexOf('@');
        return at < 0
                ? new ModelId(text, "main")
                : new ModelId(text.substring(0, at), text.substring(at + 1));
    }

    /** Returns whether the revision is a whole commit hash, which never moves. */
    boolean isCommit() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Returns the folder of the model in the cache. */
    String folder() {
        return "models--" + repository.replace("/", "--");
    }

    /**
     * Returns the model as a user types it.
     *
     * @return "org/name", or "org/name@revision" for a revision other than main
     */
    @Override
    public String toString() {
        return revision.equals("main") ? repository : repository + "@" + revision;
    }
}
