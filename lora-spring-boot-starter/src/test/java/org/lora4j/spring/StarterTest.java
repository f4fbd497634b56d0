/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.generate.GenerationConfig;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.SharedBase;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.predict.Reranker;
import org.lora4j.predict.TextClassifier;
import org.lora4j.predict.TextLabel;
import org.lora4j.testkit.TinyLlama;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The properties make the beans that they name. */
final class StarterTest {
    private static final String TEXT = "green grass the";

    @TempDir static Path folder;

    private static Path base;
    private static Path first;
    private static Path second;

    @BeforeAll
    static void train() throws IOException {
        base = Bases.write(folder);
        first = Bases.adapter(base, folder.resolve("acme"), 1, 4, "warm", "cold");
        second = Bases.adapter(base, folder.resolve("globex"), 2, 4, "warm", "cold");
    }

    private static ApplicationContextRunner with(String... properties) {
        return new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(
                                Lora4jAutoConfiguration.class,
                                Lora4jHealthAutoConfiguration.class,
                                Lora4jMetricsAutoConfiguration.class))
                .withPropertyValues(properties);
    }

    private static ApplicationContextRunner classifier(String... more) {
        return with("lora4j.model=" + base, "lora4j.classifier.adapter=" + first)
                .withPropertyValues(more);
    }

    private static List<TextLabel> alone(Path adapter) throws IOException {
        try (LoraModel model = LoraModel.load(base, adapter, LoadOptions.defaults())) {
            return TextClassifier.of(model).classify(TEXT);
        }
    }

    @Test
    void theseTestsRunOnTheSpringBootThatTheyAreFor() {
        assertThat(SpringBootVersion.getVersion())
                .isEqualTo(System.getProperty("lora4j.springBoot"));
    }

    @Test
    void nothingIsLoadedWhereNothingIsNamed() {
        with().run(
                        context -> {
                            assertThat(context).hasNotFailed();
                            assertThat(context).doesNotHaveBean(SharedBase.class);
                            assertThat(context).doesNotHaveBean(TextClassifier.class);
                            assertThat(context.getBean(ServedModels.class).all()).isEmpty();
                        });
    }

    @Test
    void aClassifierServesAndItsAdapterIsReplaced() throws IOException {
        List<TextLabel> before = alone(first);
        List<TextLabel> after = alone(second);
        assertThat(before).isNotEqualTo(after);
        classifier()
                .run(
                        context -> {
                            TextClassifier classifier = context.getBean(TextClassifier.class);
                            ServedModel served =
                                    context.getBean(ServedModels.class).get("classifier");
                            assertThat(classifier.classify(TEXT)).isEqualTo(before);
                            assertThat(served.adapter().version()).isEqualTo(1);
                            assertThat(served.replaceAdapter(second).version()).isEqualTo(2);
                            assertThat(classifier.classify(TEXT)).isEqualTo(after);
                            assertThatThrownBy(() -> served.replaceAdapter(folder.resolve("no")))
                                    .isInstanceOf(IOException.class);
                            assertThat(served.failure()).contains("no");
                            assertThat(served.adapter().version()).isEqualTo(2);
                            assertThat(classifier.classify(TEXT)).isEqualTo(after);
                            assertThat(context).doesNotHaveBean(TextEmbedder.class);
                        });
    }

    @Test
    void everyPredictorIsOnTheOneBase() throws IOException {
        Path llama = TinyLlama.write(folder.resolve("llama"), 5);
        classifier(
                        "lora4j.embedder.enabled=true",
                        "lora4j.entities.labels=O,B-PER,I-PER",
                        "lora4j.answerer.enabled=true",
                        "lora4j.reranker.enabled=true",
                        "lora4j.generator.model=" + llama)
                .run(
                        context -> {
                            assertThat(context.getBean(ServedModels.class).all())
                                    .extracting(ServedModel::name)
                                    .containsExactly(
                                            "answerer",
                                            "classifier",
                                            "embedder",
                                            "entities",
                                            "generator",
                                            "reranker");
                            assertThat(context).hasSingleBean(SharedBase.class);
                            assertThat(context).hasSingleBean(EntityRecognizer.class);
                            assertThat(context).hasSingleBean(QuestionAnswerer.class);
                            assertThat(context).hasSingleBean(Reranker.class);
                            try (TextEmbedder expected = TextEmbedder.open(base)) {
                                assertThat(context.getBean(TextEmbedder.class).embed(TEXT))
                                        .containsExactly(expected.embed(TEXT));
                            }
                            GenerationConfig config =
                                    GenerationConfig.builder().optMaxNewTokens(3).build();
                            assertThat(
                                            context.getBean(TextGenerator.class)
                                                    .generate("a", config)
                                                    .generatedIds())
                                    .hasSize(3);
                        });
    }

    @Test
    void aPredictorThatIsNotEnabledIsNotThere() {
        classifier("lora4j.classifier.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(TextClassifier.class));
    }

    @Test
    void whatHasNoMeaningIsRefusedAtTheStart() {
        refused("lora4j.classifier.labels is set", "lora4j.classifier.labels=a,b");
        refused("lora4j.classifier.new-head is set", "lora4j.classifier.new-head=true");
        refused("lora4j.embedder.labels is set", "lora4j.embedder.labels=a,b");
        refused("lora4j.device is \"tpu\"", "lora4j.device=tpu");
        with("lora4j.model=" + base, "lora4j.classifier.labels=a,a")
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .hasStackTraceContaining("label \"a\" is there twice"));
        with("lora4j.reranker.enabled=true")
                .run(
                        context ->
                                assertThat(context)
                                        .getFailure()
                                        .rootCause()
                                        .hasMessageContaining("expected lora4j.model"));
    }

    @Test
    void whatCannotBeLoadedIsNamedAtTheStart() throws IOException {
        refused("[lora4j.classifier.adpater] were left unbound", "lora4j.classifier.adpater=x");
        refused("[lora4j.clasifier.adapter] were left unbound", "lora4j.clasifier.adapter=x");
        Path gone = folder.resolve("gone");
        refused("lora4j.model is " + gone + ", which is no directory", "lora4j.model=" + gone);
        refused(
                gone.resolve("adapter_config.json").toString(),
                "lora4j.classifier.adapter=" + gone);
        classifier("lora4j.classifier.adapter=" + gone)
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .hasStackTraceContaining("lora4j.classifier: " + gone));
        refused("tenants.directory is " + gone, "lora4j.classifier.tenants.directory=" + gone);
        refused("lora4j.threads is 100000; expected 1 to", "lora4j.threads=100000");
        refused("lora4j.threads is 0; expected 1 to", "lora4j.threads=0");
        refused("has no CUDA", "lora4j.device=cuda:0");
        refused("lora4j.embedder.adapter is " + first, "lora4j.embedder.adapter=" + first);
        Path other = TinyLlama.write(folder.resolve("other"), 5);
        refused(first + ": 11 tensors do not fit", "lora4j.model=" + other);
        refused("TensorDtype.f8", "lora4j.dtype=f8");
        refused("has the directory null", "lora4j.embedder.tenants.max-adapters=3");
        refused("max-adapters 0", "lora4j.classifier.tenants.max-adapters=0");
    }

    private static void refused(String message, String property) {
        classifier(property)
                .run(
                        context ->
                                assertThat(context)
                                        .getFailure()
                                        .rootCause()
                                        .hasMessageContaining(message));
    }

    @Test
    void eachTenantHasAnAdapterOfItsOwn() throws IOException {
        List<TextLabel> acme = alone(first);
        List<TextLabel> globex = alone(second);
        with(
                        "lora4j.model=" + base,
                        "lora4j.classifier.labels=warm,cold",
                        "lora4j.classifier.tenants.directory=" + folder,
                        "lora4j.classifier.tenants.max-adapters=1")
                .withBean(SimpleMeterRegistry.class)
                .run(
                        context -> {
                            TextClassifier classifier = context.getBean(TextClassifier.class);
                            ServedModel served = context.getBean(ServedModel.class);
                            for (int i = 0; i < 2; i++) {
                                assertThat(
                                                served.predictFor(
                                                        "acme", () -> classifier.classify(TEXT)))
                                        .isEqualTo(acme);
                                assertThat(
                                                served.predictFor(
                                                        "globex", () -> classifier.classify(TEXT)))
                                        .isEqualTo(globex);
                            }
                            assertThatThrownBy(() -> classifier.classify(TEXT))
                                    .isInstanceOf(IllegalStateException.class)
                                    .hasMessageContaining("drawn at random");
                            assertThatThrownBy(
                                            () ->
                                                    served.predictFor(
                                                            "../acme",
                                                            () -> classifier.classify(TEXT)))
                                    .isInstanceOf(IllegalArgumentException.class);
                            assertThatThrownBy(
                                            () ->
                                                    served.predictFor(
                                                            "initech",
                                                            () -> classifier.classify(TEXT)))
                                    .isInstanceOf(UncheckedIOException.class)
                                    .hasMessageContaining("initech");
                            MeterRegistry registry = context.getBean(MeterRegistry.class);
                            context.getBean(MeterBinder.class).bindTo(registry);
                            assertThat(
                                            registry.get("lora4j.tenants.loads")
                                                    .tag("model", "classifier")
                                                    .functionCounter()
                                                    .count())
                                    .isGreaterThanOrEqualTo(2);
                        });
    }

    /** A tenant with labels of its own, as a service would add it. */
    @Configuration(proxyBeanMethods = false)
    static class Own {
        @Bean
        ServedModel initech(SharedBase base) throws IOException {
            Path adapter = folder.resolve("own");
            return ServedModel.of("initech", base.newModel(adapter), adapter, null);
        }
    }

    @Test
    void aTenantWithLabelsOfItsOwnIsOnTheSameBase() throws IOException {
        Path own = Bases.adapter(base, folder.resolve("own"), 3, 4, "sea", "sky", "land", "none");
        List<TextLabel> expected = alone(own);
        classifier()
                .withUserConfiguration(Own.class)
                .run(
                        context -> {
                            assertThat(context).hasSingleBean(SharedBase.class);
                            ServedModel initech =
                                    context.getBean(ServedModels.class).get("initech");
                            TextClassifier classifier = TextClassifier.of(initech.model());
                            assertThat(initech.predict(() -> classifier.classify(TEXT)))
                                    .hasSize(4)
                                    .isEqualTo(expected);
                            assertThat(context.getBean(TextClassifier.class).classify(TEXT))
                                    .isEqualTo(alone(first));
                            assertThat(health(context.getBean("lora4jHealthIndicator")))
                                    .contains("classifier=", "initech=", own.toString());
                        });
    }

    @Test
    void healthSaysWhatServes() {
        classifier()
                .run(
                        context -> {
                            assertThat(health(context.getBean("lora4jHealthIndicator")))
                                    .contains("UP", "version=1", first.toString());
                            ServedModel served = context.getBean(ServedModel.class);
                            served.close();
                            assertThat(health(context.getBean("lora4jHealthIndicator")))
                                    .contains("DOWN", "the model is closed");
                        });
        with("lora4j.model=" + base, "lora4j.classifier.labels=warm,cold")
                .run(
                        context -> {
                            assertThat(health(context.getBean("lora4jHealthIndicator")))
                                    .contains("OUT_OF_SERVICE", "replaceAdapter");
                            context.getBean(ServedModel.class).replaceAdapter(first);
                            assertThat(health(context.getBean("lora4jHealthIndicator")))
                                    .contains("UP", "version=1");
                        });
        classifier("management.health.lora4j.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("lora4jHealthIndicator"));
    }

    /** The health as text; its type is another in each Spring Boot. */
    private static String health(Object indicator) throws ReflectiveOperationException {
        var method = indicator.getClass().getDeclaredMethod("health");
        method.setAccessible(true);
        return String.valueOf(method.invoke(indicator));
    }

    @Test
    void predictionsAreCounted() {
        classifier()
                .withBean(SimpleMeterRegistry.class)
                .run(
                        context -> {
                            MeterRegistry registry = context.getBean(MeterRegistry.class);
                            context.getBean(MeterBinder.class).bindTo(registry);
                            TextClassifier classifier = context.getBean(TextClassifier.class);
                            ServedModel served = context.getBean(ServedModel.class);
                            for (int i = 0; i < 3; i++) {
                                served.predict(() -> classifier.classify(TEXT));
                            }
                            assertThatThrownBy(
                                            () ->
                                                    served.predict(
                                                            () -> {
                                                                throw new IllegalStateException();
                                                            }))
                                    .isInstanceOf(IllegalStateException.class);
                            served.replaceAdapter(second);
                            assertThatThrownBy(() -> served.replaceAdapter(folder.resolve("no")))
                                    .isInstanceOf(IOException.class);
                            var timer = registry.get("lora4j.predictions").functionTimer();
                            assertThat(timer.count()).isEqualTo(4);
                            assertThat(timer.totalTime(timer.baseTimeUnit())).isPositive();
                            assertThat(timer.getId().getTag("model")).isEqualTo("classifier");
                            assertThat(count(registry, "lora4j.prediction.failures")).isEqualTo(1);
                            assertThat(count(registry, "lora4j.replacement.failures")).isEqualTo(1);
                            assertThat(registry.get("lora4j.adapter.version").gauge().value())
                                    .isEqualTo(2);
                        });
    }

    private static double count(MeterRegistry registry, String name) {
        return registry.get(name).functionCounter().count();
    }

    @Test
    void everyPropertyIsDescribedForEditors() throws IOException {
        String name = "/META-INF/spring-configuration-metadata.json";
        try (InputStream in = ServedModel.class.getResourceAsStream(name)) {
            String json =
                    new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            for (String property :
                    List.of(
                            "lora4j.model",
                            "lora4j.dtype",
                            "lora4j.classifier.several-labels",
                            "lora4j.generator.adapter",
                            "lora4j.reranker.tenants.max-adapters")) {
                assertThat(json).contains('"' + property + '"');
            }
            assertThat(json).contains("PEFT directory of the adapter to begin with");
        }
        assertThat(
                        Files.readString(
                                Path.of(
                                        "src/main/resources/META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports")))
                .contains(
                        Lora4jAutoConfiguration.class.getName(),
                        Lora4jHealthAutoConfiguration.class.getName(),
                        Lora4jMetricsAutoConfiguration.class.getName());
    }
}
