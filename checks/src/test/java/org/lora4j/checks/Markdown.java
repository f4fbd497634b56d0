/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One Markdown file, as far as the checks read it.
 *
 * @param name path in the checkout
 * @param text its content
 */
record Markdown(String name, String text) {
    private static final Pattern FENCE =
            Pattern.compile(
                    "^```([a-z]*)[^\\n]*\\n(.*?)^```\\s*$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern COMMAND =
            Pattern.compile(
                    "(?:\\./lora4j|lora4j)[ \\t]+([a-z][a-z-]*)((?:\\\\\\r?\\n|[^\\n#|&;>])*)");
    private static final Pattern OPTION = Pattern.compile("(?<=[\\s\\[])--[a-z][a-z-]*");

    /** A fenced block: its language and content. */
    record Block(String language, String content) {}

    /** A use of the command line: the subcommand and the options given to it. */
    record Command(String name, List<String> options) {}

    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        Matcher fence = FENCE.matcher(text.replace("\r\n", "\n"));
        while (fence.find()) {
            blocks.add(new Block(fence.group(1), fence.group(2)));
        }
        return blocks;
    }

    /** Links to files of the checkout, without their anchors. */
    List<String> relativeLinks() {
        List<String> links = new ArrayList<>();
        Matcher link = LINK.matcher(FENCE.matcher(text.replace("\r\n", "\n")).replaceAll(""));
        while (link.find()) {
            String target = link.group(1).replaceAll("#.*", "");
            if (!target.isEmpty() && !target.contains("://") && !target.startsWith("mailto:")) {
                links.add(target);
            }
        }
        return links;
    }

    /** Every call of the command line in fenced blocks that are not Java. */
    List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        for (Block block : blocks()) {
            if (block.language().equals("java")) {
                continue;
            }
            Matcher command = COMMAND.matcher(block.content());
            while (command.find()) {
                List<String> options = new ArrayList<>();
                Matcher option = OPTION.matcher(command.group(2));
                while (option.find()) {
                    options.add(option.group());
                }
                commands.add(new Command(command.group(1), options));
            }
        }
        return commands;
    }
}
