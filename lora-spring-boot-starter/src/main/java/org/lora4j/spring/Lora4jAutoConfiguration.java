/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.generate.TextGenerator;
import org.lora4j.hf.SharedBase;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.predict.Reranker;
import org.lora4j.predict.TextClassifier;
import org.lora4j.spring.Lora4jProperties.Predictor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The base, the served models and the predictors that the properties name. */
@AutoConfiguration
@EnableConfigurationProperties(Lora4jProperties.class)
final class Lora4jAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("lora4j.model")
    SharedBase lora4jBase(Lora4jProperties properties) throws IOException {
        return PredictorModels.base(properties, Objects.requireNonNull(properties.model()));
    }

    @Bean
    @ConditionalOnMissingBean
    ServedModels lora4jModels(ObjectProvider<ServedModel> models) {
        return ServedModels.of(models.stream().toList());
    }

    private static ServedModel served(
            PredictorKind kind,
            @Nullable Predictor settings,
            Lora4jProperties properties,
            ObjectProvider<SharedBase> base)
            throws IOException {
        return PredictorModels.served(
                kind, Objects.requireNonNull(settings), properties, base.getIfAvailable());
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.CLASSIFIER)
    @ConditionalOnMissingBean(name = "lora4jClassifier")
    ServedModel lora4jClassifier(Lora4jProperties properties, ObjectProvider<SharedBase> base)
            throws IOException {
        return served(PredictorKind.CLASSIFIER, properties.classifier(), properties, base);
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.CLASSIFIER)
    @ConditionalOnMissingBean
    TextClassifier textClassifier(@Qualifier("lora4jClassifier") ServedModel served) {
        return TextClassifier.of(served.model());
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.EMBEDDER)
    @ConditionalOnMissingBean(name = "lora4jEmbedder")
    ServedModel lora4jEmbedder(Lora4jProperties properties, ObjectProvider<SharedBase> base)
            throws IOException {
        return served(PredictorKind.EMBEDDER, properties.embedder(), properties, base);
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.EMBEDDER)
    @ConditionalOnMissingBean
    TextEmbedder textEmbedder(@Qualifier("lora4jEmbedder") ServedModel served) {
        return new TextEmbedder(served.model());
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.ENTITIES)
    @ConditionalOnMissingBean(name = "lora4jEntities")
    ServedModel lora4jEntities(Lora4jProperties properties, ObjectProvider<SharedBase> base)
            throws IOException {
        return served(PredictorKind.ENTITIES, properties.entities(), properties, base);
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.ENTITIES)
    @ConditionalOnMissingBean
    EntityRecognizer entityRecognizer(@Qualifier("lora4jEntities") ServedModel served) {
        return EntityRecognizer.of(served.model());
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.ANSWERER)
    @ConditionalOnMissingBean(name = "lora4jAnswerer")
    ServedModel lora4jAnswerer(Lora4jProperties properties, ObjectProvider<SharedBase> base)
            throws IOException {
        return served(PredictorKind.ANSWERER, properties.answerer(), properties, base);
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.ANSWERER)
    @ConditionalOnMissingBean
    QuestionAnswerer questionAnswerer(@Qualifier("lora4jAnswerer") ServedModel served) {
        return QuestionAnswerer.of(served.model());
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.RERANKER)
    @ConditionalOnMissingBean(name = "lora4jReranker")
    ServedModel lora4jReranker(Lora4jProperties properties, ObjectProvider<SharedBase> base)
            throws IOException {
        return served(PredictorKind.RERANKER, properties.reranker(), properties, base);
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.RERANKER)
    @ConditionalOnMissingBean
    Reranker reranker(@Qualifier("lora4jReranker") ServedModel served) {
        return Reranker.of(served.model());
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.GENERATOR)
    @ConditionalOnMissingBean(name = "lora4jGenerator")
    ServedModel lora4jGenerator(Lora4jProperties properties, ObjectProvider<SharedBase> base)
            throws IOException {
        return served(PredictorKind.GENERATOR, properties.generator(), properties, base);
    }

    @Bean
    @ConditionalOnPredictor(PredictorKind.GENERATOR)
    @ConditionalOnMissingBean
    TextGenerator textGenerator(@Qualifier("lora4jGenerator") ServedModel served) {
        return TextGenerator.of(served.model());
    }
}
