/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.inspect;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Table;
import org.lora4j.cli.terminal.Words;
import org.lora4j.provenance.Provenance;
import org.lora4j.provenance.Verification;
import org.lora4j.provenance.Verification.Finding;

/** What became of the files of a training, by its manifest. */
public final class VerifiedFiles {
    private static final int MOST_NAMES = 8;

    private final Path directory;
    private final Verification found;

    private VerifiedFiles(Path directory, Verification found) {
        this.directory = directory;
        this.found = found;
    }

    /**
     * Compares files with the manifest beside them.
     *
     * @param directory an adapter's or a model's directory
     * @param base where the base is now, or null for where it was
     */
    public static VerifiedFiles read(Path directory, @Nullable Path base) throws IOException {
        Map<String, Path> places = base == null ? Map.of() : Map.of("base", base);
        return new VerifiedFiles(directory, Provenance.read(directory).verify(directory, places));
    }

    public Inspection inspection() {
        Table table = new Table("file", "of", "is");
        JsonArray files = new JsonArray();
        for (Finding finding : found.findings()) {
            String state = Words.lower(finding.state()).replace('_', ' ');
            table.row(finding.file(), finding.part(), state);
            JsonObject file = new JsonObject();
            file.addProperty("file", finding.file());
            file.addProperty("of", finding.part());
            file.addProperty("state", state);
            files.add(file);
        }
        JsonObject json = new JsonObject();
        json.addProperty("kind", "verification");
        json.addProperty("verified", found.isSound());
        json.add("files", files);
        String text = table.toString().stripTrailing();
        return new Inspection(found.isSound() ? text + line() : text, json);
    }

    private String line() {
        long compared =
                found.findings().stream().filter(f -> f.state() == Verification.State.SAME).count();
        return Words.format(
                "%n%nas they were when the training ended: %,d of %,d files; none is changed,"
                        + " missing or added",
                compared, found.findings().size());
    }

    /**
     * Fails if a file is changed, missing or added.
     *
     * @throws IOException naming the files
     */
    public void require() throws IOException {
        List<Finding> faults = found.faults();
        if (faults.isEmpty()) {
            return;
        }
        List<String> names =
                faults.stream()
                        .limit(MOST_NAMES)
                        .map(
                                f ->
                                        "%s of the %s is %s"
                                                .formatted(
                                                        f.file(), f.part(), Words.lower(f.state())))
                        .toList();
        int more = faults.size() - names.size();
        throw new IOException(
                "%s: not as the training left it: %s%s"
                        .formatted(
                                directory,
                                String.join("; ", names),
                                more > 0 ? "; and " + more + " more" : ""));
    }
}
