/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.lora4j.predict.TextLabel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.task.TaskExecutor;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

// snippet: controller
@RestController
class TopicController {
    private static final Logger log = LoggerFactory.getLogger(TopicController.class);

    private final Topics topics;
    private final TaskExecutor background;
    private final Path table;
    private final Path adapters;

    TopicController(
            Topics topics,
            TaskExecutor background,
            @Value("${topics.table}") Path table,
            @Value("${topics.adapters}") Path adapters) {
        this.topics = topics;
        this.background = background;
        this.table = table;
        this.adapters = adapters;
    }

    @GetMapping("/topic")
    List<TextLabel> topic(@RequestParam("text") String text) {
        return topics.of(text);
    }

    @GetMapping("/tenants/{tenant}/topic")
    List<TextLabel> topic(
            @PathVariable("tenant") String tenant, @RequestParam("text") String text) {
        return topics.of(tenant, text);
    }

    @PostMapping("/learn")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void learn() {
        background.execute(
                () -> {
                    try {
                        topics.learn(table, adapters.resolve(UUID.randomUUID().toString()));
                    } catch (IOException e) {
                        log.error("the adapter before serves on", e);
                    }
                });
    }
}
// end
