/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.text.chat.Conversation;
import org.lora4j.text.chat.Message;

/** Serves a chat from several threads: one base, and an adapter that each request names. */
public final class ChatAdapters {
    private ChatAdapters() {}

    /**
     * A question to one of the adapters.
     *
     * @param adapter the adapter's name
     * @param question what the user says
     */
    record Request(String adapter, String question) {}

    /**
     * Runs the example.
     *
     * @param args a model directory, a question, then adapters' directories: each answers it
     * @throws IOException if a file cannot be read
     * @throws InterruptedException if interrupted
     * @throws ExecutionException if an answer fails
     */
    public static void main(String[] args)
            throws IOException, InterruptedException, ExecutionException {
        if (args.length < 3) {
            throw new IllegalArgumentException("expected: MODEL_DIRECTORY QUESTION ADAPTER...");
        }
        Map<String, Path> adapters = new LinkedHashMap<>();
        List<Request> requests = new ArrayList<>();
        for (String adapter : List.of(args).subList(2, args.length)) {
            String name = String.valueOf(Path.of(adapter).getFileName());
            adapters.put(name, Path.of(adapter));
            requests.add(new Request(name, args[1]));
        }
        List<String> answers = run(Path.of(args[0]), adapters, requests, 60, 4);
        for (int i = 0; i < answers.size(); i++) {
            System.out.println(requests.get(i).adapter() + ": " + answers.get(i));
        }
    }

    static List<String> run(
            Path directory,
            Map<String, Path> adapters,
            List<Request> requests,
            int maxNewTokens,
            int threads)
            throws IOException, InterruptedException, ExecutionException {
        GenerationConfig config = GenerationConfig.builder().optMaxNewTokens(maxNewTokens).build();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            for (Map.Entry<String, Path> adapter : adapters.entrySet()) {
                model.loadAdapter(adapter.getKey(), adapter.getValue());
            }
            TextGenerator generator = TextGenerator.of(model);
            List<Callable<String>> calls = new ArrayList<>();
            requests.forEach(request -> calls.add(() -> answer(model, generator, request, config)));
            List<String> answers = new ArrayList<>();
            for (Future<String> answer : pool.invokeAll(calls)) {
                answers.add(answer.get());
            }
            return answers;
        } finally {
            pool.shutdown();
        }
    }

    /** The adapter is chosen for this thread alone, and for no longer than the answer takes. */
    private static String answer(
            LoraModel model, TextGenerator generator, Request request, GenerationConfig config) {
        // snippet: an-adapter-for-each-request
        AdapterSelection adapter = AdapterSelection.of(request.adapter());
        try (ActiveAdapters.Scope scope = model.use(adapter)) {
            Conversation chat = Conversation.of(Message.user(request.question()));
            return generator.generate(chat, config).text();
        }
        // end
    }
}
