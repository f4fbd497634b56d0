/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.Task;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.TrainableParameters;

/** Against the published sizes of models. */
class PublishedSizesTest {
    private static final String LLAMA_2_7B =
            """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
             "intermediate_size": 11008, "num_attention_heads": 32, "num_hidden_layers": 32,
             "num_key_value_heads": 32, "vocab_size": 32000, "tie_word_embeddings": false}
            """;
    private static final String MISTRAL_7B =
            """
            {"architectures": ["MistralForCausalLM"], "model_type": "mistral",
             "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
             "num_hidden_layers": 32, "num_key_value_heads": 8, "vocab_size": 32000}
            """;
    private static final String QWEN2_HALF =
            """
            {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 896,
             "intermediate_size": 4864, "num_attention_heads": 14, "num_hidden_layers": 24,
             "num_key_value_heads": 2, "vocab_size": 151936, "tie_word_embeddings": true}
            """;
    private static final String GPT2 =
            """
            {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": 768,
             "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257}
            """;
    private static final String BERT_BASE =
            """
            {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 768,
             "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12,
             "max_position_embeddings": 512, "type_vocab_size": 2, "vocab_size": 30522}
            """;

    private static final String DISTILBERT =
            """
            {"architectures": ["@"], "model_type": "distilbert", "dim": 768, "hidden_dim": 3072,
             "n_heads": 12, "n_layers": 6, "max_position_embeddings": 512, "num_labels": 3,
             "vocab_size": 30522}
            """;

    @TempDir private Path directory;

    @ParameterizedTest
    @CsvSource({
        "llama, 6738415616",
        "mistral, 7241732096",
        "qwen2, 494032768",
        "gpt2, 124439808",
        "bert, 109482240",
        "roberta, 124645632",
        "xlm-roberta, 278043648",
        "camembert, 110621952",
        "distilbert, 66362880",
        "roberta-classifier, 124647939",
        "distilbert-classifier, 66955779"
    })
    void sizesAreThosePublished(String family, long parameters) throws IOException {
        assertThat(inventory(config(family)).parameters()).isEqualTo(parameters);
    }

    @ParameterizedTest
    @CsvSource({
        // family, targets, what PEFT counts at rank 8
        "llama, 'q_proj,v_proj', 4194304",
        "mistral, 'q_proj,v_proj', 3407872",
        "gpt2, c_attn, 294912",
        "bert, 'query,value', 294912",
        "roberta, 'query,value', 294912",
        "distilbert, 'q_lin,v_lin', 147456"
    })
    void anAdapterCountsAsInPeft(String family, String targets, long trainable) throws IOException {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optTargetModules(targets.split(",", -1))
                        .build();
        TaskParameters model = model(config(family));
        TrainableParameters counted = model.count(config).parameters();
        assertThat(counted.trainable()).isEqualTo(trainable);
        assertThat(counted.all()).isEqualTo(model.inventory().parameters() + trainable);
    }

    @ParameterizedTest
    @CsvSource({"llama", "gpt2", "bert", "roberta", "distilbert"})
    void withoutTargetsTheFamilysAreAdapted(String family) throws IOException {
        LoraConfig config = LoraConfig.builder().setRank(8).setAlpha(16).build();
        assertThat(model(config(family)).count(config).added()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"NONE, 294912", "LORA_ONLY, 313344", "ALL, 397824"})
    void biasesCountToo(Bias bias, long trainable) throws IOException {
        LoraConfig config = LoraConfig.builder().setRank(8).setAlpha(16).optBias(bias).build();
        TrainableParameters counted = model(BERT_BASE).count(config).parameters();
        assertThat(counted.trainable()).isEqualTo(trainable);
        assertThat(counted.all()).isEqualTo(109_482_240L + 294_912);
    }

    @Test
    void allLinearLeavesOutTheOutput() throws IOException {
        LoraConfig config =
                LoraConfig.builder().setRank(1).setAlpha(1).optTargetModules("all-linear").build();
        AdapterCount count = model(LLAMA_2_7B).count(config);
        assertThat(count.added()).hasSize(32 * 7).doesNotContainKey("lm_head");
    }

    @Test
    void allLayersTakesTheTablesToo() throws IOException {
        LoraConfig config =
                LoraConfig.builder().setRank(1).setAlpha(1).optTargetModules("all-layers").build();
        AdapterCount count = model(LLAMA_2_7B).count(config);
        assertThat(count.added())
                .hasSize(32 * 7 + 1)
                .containsEntry("model.embed_tokens", 32_000L + 4096)
                .doesNotContainKey("lm_head");
    }

    @Test
    void aModuleToSaveCountsOnce() throws IOException {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optTargetModules("query")
                        .optModulesToSave("pooler")
                        .build();
        AdapterCount count = model(BERT_BASE).count(config);
        long pooler = 768 * 768 + 768;
        assertThat(count.saved()).containsEntry("pooler.dense", pooler);
        assertThat(count.parameters().trainable()).isEqualTo(12 * 8 * 2 * 768 + pooler);
        assertThat(count.parameters().all()).isEqualTo(109_482_240L + 12 * 8 * 2 * 768);
    }

    @Test
    void hostileNumbersAreRefused() {
        String layers =
                BERT_BASE.replace("\"num_hidden_layers\": 12", "\"num_hidden_layers\": 2147483647");
        assertThatThrownBy(() -> inventory(layers))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("num_hidden_layers is 2147483647");
        String vast = LLAMA_2_7B.replace("4096", "2147483647").replace("11008", "2147483647");
        assertThatThrownBy(() -> inventory(vast)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> inventory("{\"model_type\": \"walrus\"}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("walrus");
    }

    private static String config(String family) {
        return switch (family) {
            case "llama" -> LLAMA_2_7B;
            case "mistral" -> MISTRAL_7B;
            case "qwen2" -> QWEN2_HALF;
            case "gpt2" -> GPT2;
            case "bert" -> BERT_BASE;
            case "distilbert" -> DISTILBERT.replace("@", "DistilBertModel");
            case "distilbert-classifier" ->
                    DISTILBERT.replace("@", "DistilBertForSequenceClassification");
            case "roberta-classifier" ->
                    roberta("RobertaForSequenceClassification", "roberta", 50265);
            case "xlm-roberta" -> roberta("XLMRobertaModel", family, 250002);
            case "camembert" -> roberta("CamembertModel", family, 32005);
            default -> roberta("RobertaModel", family, 50265);
        };
    }

    private static String roberta(String architecture, String type, int words) {
        return String.format(
                """
                {"architectures": ["%s"], "model_type": "%s", "hidden_size": 768, "num_labels": 3,
                 "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12,
                 "max_position_embeddings": 514, "type_vocab_size": 1, "vocab_size": %d}
                """,
                architecture, type, words);
    }

    private ParameterInventory inventory(String json) throws IOException {
        Files.writeString(directory.resolve(ModelConfig.FILE), json);
        return ParameterInventory.of(ModelConfig.read(directory));
    }

    /** A decoder with its vocabulary projection, an encoder without a head. */
    private TaskParameters model(String json) throws IOException {
        boolean causal = json.contains("CausalLM") || json.contains("LMHead");
        Files.writeString(directory.resolve(ModelConfig.FILE), json);
        return TaskParameters.of(
                ModelConfig.read(directory),
                causal ? Task.causalLanguageModel() : Task.embedding());
    }
}
