/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lora4j.predict.TextLabel;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The service of the how-to, started, and asked over HTTP. */
final class TopicService implements AutoCloseable {
    private final HttpClient client = HttpClient.newHttpClient();
    private final ConfigurableApplicationContext context;
    private final int port;

    /** What @SpringBootApplication would find. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Topics.class, TopicController.class})
    static class Application {}

    private TopicService(ConfigurableApplicationContext context) {
        this.context = context;
        this.port =
                context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    /** Starts it, with the table and the folder of its adapters in a folder. */
    static TopicService start(Path folder, String... properties) {
        Stream<String> usual =
                Stream.of(
                        "server.port=0",
                        "spring.main.banner-mode=off",
                        "logging.level.root=warn",
                        "management.endpoints.web.exposure.include=health,metrics",
                        "management.endpoint.health.show-details=always",
                        "topics.table=" + folder.resolve("table.tsv"),
                        "topics.adapters=" + folder.resolve("adapters"));
        return new TopicService(
                SpringApplication.run(
                        Application.class,
                        Stream.concat(usual, Stream.of(properties))
                                .map(each -> "--" + each)
                                .toArray(String[]::new)));
    }

    ServedModel served() {
        return context.getBean(ServedModel.class);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    /** Gets a page. */
    String ask(String path) throws IOException, InterruptedException {
        var response = client.send(request(path).build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    /** Gets the answer for a text. */
    String ask(String path, String text) throws IOException, InterruptedException {
        return ask(path + "?text=" + URLEncoder.encode(text, StandardCharsets.UTF_8));
    }

    /** Has it learn its table, and waits until it serves with what it learnt. */
    ServedAdapter learn() throws IOException, InterruptedException {
        int before = served().adapter().version();
        HttpRequest learn = request("/learn").POST(BodyPublishers.noBody()).build();
        assertThat(client.send(learn, BodyHandlers.discarding()).statusCode()).isEqualTo(202);
        for (int i = 0; i < 6000 && served().adapter().version() == before; i++) {
            Thread.sleep(5);
        }
        assertThat(served().adapter().version()).isEqualTo(before + 1);
        return served().adapter();
    }

    /** Returns labels as the service writes them. */
    static String json(List<TextLabel> labels) {
        return labels.stream()
                .map(
                        each ->
                                "{\"label\":\"%s\",\"probability\":%s}"
                                        .formatted(each.label(), each.probability()))
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Override
    public void close() {
        context.close();
    }
}
