/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Loads the tokenizers of many folders and uses each; a program for
 * tools/goldens/fuzz_tokenizers.py, which starts it again behind a folder that ended the process.
 * The second argument is a file that always names the folder under way.
 */
final class TokenizerFuzz {
    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "fog over the harbour, and no boat",
                    "  two  spaces\n\n\ttabs\r\n ",
                    "<s>the</s> [CLS] fog<unk><pad> <|endoftext|>",
                    "caf\u00e9 cafe\u0301 \u65e5\u672c\u8a9e \uff26\uff35 \ufb01"
                            + " \ud83d\udc4d\ud83c\udffd",
                    "a\u0000b\u0001\ufffd\udbff\udfff\u2581\u2581\u0120",
                    " ".repeat(3000) + "x" + "a".repeat(3000) + "\n".repeat(3000));

    private TokenizerFuzz() {}

    public static void main(String[] arguments) throws IOException {
        TreeMap<String, Integer> ends = new TreeMap<>();
        Path progress = Path.of(arguments[1]);
        List<Path> folders;
        try (Stream<Path> all = Files.list(Path.of(arguments[0]))) {
            folders = all.sorted().toList();
        }
        for (Path folder : folders) {
            String name = folder.getFileName().toString();
            if (arguments.length > 2 && name.compareTo(arguments[2]) <= 0) {
                continue;
            }
            Files.writeString(progress, name);
            ends.merge(end(folder), 1, Integer::sum);
        }
        Files.writeString(progress, "done");
        System.out.println(ends);
    }

    private static String end(Path folder) {
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
            for (String text : TEXTS) {
                try {
                    int[] ids = tokenizer.encode(text, null, 1 << 20).ids();
                    tokenizer.encode(text, text, 1 << 20);
                    tokenizer.decode(ids);
                    tokenizer.decode(ids, true);
                } catch (IllegalArgumentException e) {
                    return "text refused";
                }
            }
            int[] all = new int[1000];
            java.util.Arrays.setAll(all, i -> i);
            tokenizer.decode(all);
            tokenizer.decode(new int[0]);
            tokenizer.decode(new int[] {-1, Integer.MAX_VALUE, 3, 3});
            tokenizer.kinds().isSpecial(3);
            return "loaded";
        } catch (IOException e) {
            if (e.getMessage() == null || !e.getMessage().contains(folder.toString())) {
                System.out.println("NO PATH " + folder + ": " + e);
            }
            if (String.valueOf(e.getMessage()).contains("cannot be loaded")) {
                System.out.println("NATIVE " + e.getMessage());
            }
            return "refused";
        } catch (RuntimeException | Error e) {
            System.out.println("WRONG " + folder + ": " + e);
            return "wrong exception";
        }
    }
}
