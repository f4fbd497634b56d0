/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.tenant;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.core.LoraConfig;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.LoraModel;

/** The memory of a process in which four tenants' adapters take turns in two places. */
public final class TenantMemoryRun {
    private TenantMemoryRun() {}

    /** Arguments: a folder, the load of the first and of the second reading, whether to leak. */
    public static void main(String[] args) throws IOException {
        int first = Integer.parseInt(args[1]);
        int last = Integer.parseInt(args[2]);
        boolean leak = Boolean.parseBoolean(args[3]);
        GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(2).build();
        Path folder = Files.createTempDirectory(Path.of(args[0]), "tenants");
        try (LoraModel model = DecoderGolden.load(folder, "gemma2")) {
            List<String> names = List.of("a", "b", "c", "d");
            for (String name : names) {
                model.addAdapter(
                        name,
                        LoraConfig.builder().setRank(8).optTargetModules("all-linear").build());
                model.saveAdapter(name, folder.resolve(name));
                model.deleteAdapter(name);
            }
            TextGenerator generator = TextGenerator.of(model);
            TenantAdapters tenants =
                    TenantAdapters.builder(model, folder).optMaxAdapters(2).build();
            for (int load = 1; load <= last; load++) {
                String name = names.get(load % names.size());
                tenants.evict(name);
                try (TenantLease lease = tenants.lease(name);
                        ActiveAdapters.Scope scope = model.use(lease.selection())) {
                    generator.generateIds(List.of(new int[] {3, 4, load % 40}), config);
                }
                if (leak) {
                    model.manager().ones(new Shape(8, 20, 24));
                }
                if (load == first || load == last) {
                    tenants.close();
                    System.out.printf("resident %d%n", residentBytes());
                    tenants = TenantAdapters.builder(model, folder).optMaxAdapters(2).build();
                }
            }
        }
    }

    private static long residentBytes() throws IOException {
        String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1];
        return 4096 * Long.parseLong(pages);
    }
}
