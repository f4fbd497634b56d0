/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.WordTableOwner;
import org.lora4j.block.part.PartHost;
import org.lora4j.block.part.TiedTokens;
import org.lora4j.block.part.TrainedTokens;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TrainableTokens;
import org.lora4j.core.TrainableTokensConfig;

/**
 * The modules of a tree whose rows of some tokens train, by the rules of
 * set_additional_trainable_modules (peft 0.21.2, utils/other.py): a name selects every module whose
 * path ends in it. A projection on the array of a table that is selected has the table's rows,
 * unless it is listed with other tokens. Immutable.
 */
final class TokenSites implements PartSites {
    /** The word table of a model that does not tell, as in PEFT. */
    private static final String DEFAULT_TABLE = "embed_tokens";

    private final String peftType;
    private final List<Site> sites;

    private TokenSites(String peftType, List<Site> sites) {
        this.peftType = peftType;
        this.sites = sites;
    }

    /** A module with rows of its own, and the projections that have the same. */
    private record Site(
            String path,
            Block block,
            Parameter rows,
            List<Integer> tokens,
            Map<String, Block> tied) {
        boolean isTable() {
            return !(base(block) instanceof Linear);
        }
    }

    /**
     * Finds the modules of rows that are by themselves: those that are selected, or the word table.
     *
     * @param config what was asked for
     * @param match the modules that it selects
     * @param root the tree's root
     * @param blocks the tree's blocks by path
     * @throws IllegalArgumentException if a module has no row for each token, or other adapters
     */
    static TokenSites of(
            TrainableTokensConfig config,
            TargetMatch match,
            Block root,
            Map<String, Block> blocks) {
        List<Integer> ids = config.tokenIndices();
        Map<String, List<Integer>> byPath = new LinkedHashMap<>();
        if (config.selectsModules()) {
            match.adapted().forEach(path -> byPath.put(path, ids));
        } else {
            byPath.putAll(byPath(new TrainableTokens(ids, Map.of()), root, blocks));
        }
        TokenSites found = new TokenSites(config.peftType(), sites(byPath, blocks));
        found.requireFree();
        return found;
    }

    /**
     * Finds the modules of rows beside low-rank pairs.
     *
     * @param tokens what was asked for
     * @param match what else the configuration selects
     * @param root the tree's root
     * @param blocks the tree's blocks by path
     * @throws IllegalArgumentException if a name selects nothing, or a module that has no row for
     *     each token or other adapters
     */
    static TokenSites of(
            TrainableTokens tokens, TargetMatch match, Block root, Map<String, Block> blocks) {
        TokenSites found = new TokenSites("LORA", sites(byPath(tokens, root, blocks), blocks));
        found.check(match);
        return found;
    }

    private static Map<String, List<Integer>> byPath(
            TrainableTokens tokens, Block root, Map<String, Block> blocks) {
        Map<String, List<Integer>> byPath = new LinkedHashMap<>();
        names(tokens, root)
                .forEach(
                        (name, ids) -> {
                            boolean found = false;
                            for (String path : blocks.keySet()) {
                                if (path.endsWith(name)) {
                                    found = true;
                                    List<Integer> other = byPath.put(path, ids);
                                    if (other != null && !other.equals(ids)) {
                                        throw new IllegalArgumentException(
                                                ("trainable tokens: %s is selected twice, with the"
                                                                + " tokens %s and %s")
                                                        .formatted(path, other, ids));
                                    }
                                }
                            }
                            if (!found) {
                                throw new IllegalArgumentException(
                                        ("trainable tokens: no module's path ends in \"%s\"; name"
                                                        + " the table with"
                                                        + " TrainableTokens.of(Map.of(\"name\","
                                                        + " ids))")
                                                .formatted(name));
                            }
                        });
        return byPath;
    }

    private static Map<String, List<Integer>> names(TrainableTokens tokens, Block root) {
        if (tokens.ofInputs().isEmpty()) {
            return tokens.byModule();
        }
        String table = root instanceof WordTableOwner owner ? owner.wordTablePath() : DEFAULT_TABLE;
        return Map.of(table, tokens.ofInputs());
    }

    private static List<Site> sites(Map<String, List<Integer>> byPath, Map<String, Block> blocks) {
        List<Site> sites = new ArrayList<>();
        byPath.forEach(
                (path, ids) -> {
                    Block block = blocks.get(path);
                    if (block == null) {
                        throw new IllegalArgumentException("there is no module " + path);
                    }
                    sites.add(new Site(path, block, rows(path, block), ids, new LinkedHashMap<>()));
                });
        List<Site> kept = new ArrayList<>(sites);
        for (Site site : sites) {
            if (!site.isTable()) {
                continue;
            }
            Map<String, Block> tied = tied(site, blocks);
            boolean differs =
                    sites.stream()
                            .anyMatch(
                                    other ->
                                            tied.containsKey(other.path)
                                                    && !other.tokens.equals(site.tokens));
            if (!differs) {
                site.tied.putAll(tied);
                kept.removeIf(other -> tied.containsKey(other.path));
            }
        }
        return kept;
    }

    /** Returns the projections on a table's own array. */
    private static Map<String, Block> tied(Site site, Map<String, Block> blocks) {
        Map<String, Block> tied = new LinkedHashMap<>();
        NDArray table = site.rows.getArray();
        blocks.forEach(
                (path, block) -> {
                    Block base = base(block);
                    Parameter rows = base instanceof Linear ? TrainedTokens.rowsOf(base) : null;
                    if (rows != null && rows.isInitialized() && rows.getArray() == table) {
                        tied.put(path, block);
                    }
                });
        return tied;
    }

    private static Block base(Block block) {
        return block instanceof AdapterHost host ? host.base() : block;
    }

    private static Parameter rows(String path, Block block) {
        Parameter rows = TrainedTokens.rowsOf(base(block));
        if (rows == null || !rows.isInitialized()) {
            throw new IllegalArgumentException(
                    ("trainable tokens: %s is a %s, which has no row for each token; expected an"
                                    + " embedding or a linear layer")
                            .formatted(path, base(block).getClass().getSimpleName()));
        }
        return rows;
    }

    /**
     * Refuses modules that the same adapter changes otherwise, or that other adapters changed
     * otherwise.
     *
     * @throws IllegalArgumentException naming the module
     */
    private void check(TargetMatch match) {
        for (Site site : sites) {
            Set<String> paths = new LinkedHashSet<>(site.tied.keySet());
            paths.add(site.path);
            for (String path : paths) {
                if (match.adapted().contains(path)) {
                    throw new IllegalArgumentException(
                            ("%s has trainable tokens%s and is a target module too; expected one of"
                                            + " the two. Leave it out of the targets")
                                    .formatted(
                                            path,
                                            path.equals(site.path)
                                                    ? ""
                                                    : ", since it is tied to " + site.path));
                }
                for (String p = path; !p.isEmpty(); p = ModulePath.parent(p)) {
                    if (match.saved().contains(p)) {
                        throw new IllegalArgumentException(
                                ("%s has trainable tokens and is to be trained whole as %s;"
                                                + " expected one of the two")
                                        .formatted(path, p));
                    }
                }
            }
        }
        requireFree();
    }

    private void requireFree() {
        for (Site site : sites) {
            requireFree(site.path, site.block, null);
            site.tied.forEach((path, block) -> requireFree(path, block, site.block));
        }
    }

    private static void requireFree(String path, Block block, @Nullable Block source) {
        boolean fits =
                source == null
                        ? block instanceof TrainedTokens
                        : block instanceof TiedTokens tied && tied.source() == source;
        if (block instanceof AdapterHost && !fits) {
            throw new IllegalArgumentException(
                    ("%s carries other adapters in another way, so that it cannot have trainable"
                                    + " tokens beside them; eject those first")
                            .formatted(path));
        }
    }

    @Override
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (Site site : sites) {
            TrainedTokens.tensorShapes(peftType, site.rows, site.tokens)
                    .forEach((suffix, shape) -> shapes.put(site.path + "." + suffix, shape));
        }
        return shapes;
    }

    @Override
    public Map<String, Long> trained() {
        Map<String, Long> trained = new LinkedHashMap<>();
        for (Site site : sites) {
            TrainedTokens.tensorShapes(peftType, site.rows, site.tokens)
                    .values()
                    .forEach(shape -> trained.merge(site.path, shape.size(), Math::addExact));
        }
        return trained;
    }

    /** {@inheritDoc} PEFT repeats those of a projection that has a table's rows. */
    @Override
    public Map<String, String> repeated() {
        Map<String, String> repeated = new LinkedHashMap<>();
        for (Site site : sites) {
            for (String path : site.tied.keySet()) {
                TrainedTokens.tensorShapes(peftType, site.rows, site.tokens)
                        .keySet()
                        .forEach(
                                suffix ->
                                        repeated.put(
                                                path + "." + suffix, site.path + "." + suffix));
            }
        }
        return repeated;
    }

    @Override
    public List<Addition> additions(
            LoraContext context, IdentityHashMap<Block, Block> swaps, boolean drawn) {
        List<Addition> additions = new ArrayList<>();
        for (Site site : sites) {
            TrainedTokens host = host(site, context, swaps);
            additions.add(new Addition(host, key -> host.addAdapter(key, peftType, site.tokens)));
            site.tied.forEach(
                    (path, block) -> {
                        if (!(block instanceof PartHost)) {
                            swaps.put(block, new TiedTokens(path, (Linear) block, host));
                        }
                    });
        }
        return additions;
    }

    private static TrainedTokens host(
            Site site, LoraContext context, IdentityHashMap<Block, Block> swaps) {
        if (site.block instanceof TrainedTokens host) {
            return host;
        }
        TrainedTokens host = new TrainedTokens(site.path, site.block, context);
        swaps.put(site.block, host);
        return host;
    }
}
