/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.List;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Torch;

/**
 * A decoder whose hidden state of each text's last token is classified: transformers'
 * ForSequenceClassification of Llama and its like, score(norm(h)) without a bias.
 *
 * <p>As in transformers, the last token is the last one that is not the padding token of
 * config.json, by its id: one that ends a text on purpose does not count. Where the configuration
 * names none it is the last that the attention mask admits. Tokens that the mask does not admit are
 * left out, and positions count the others.
 */
final class DecoderClassifier extends SequenceClassifier {
    private final DecoderBase base;
    private final Slot score;

    DecoderClassifier(DecoderBase base, Checkpoint weights, int classes) throws IOException {
        super(base.dropouts(), base.context());
        this.base = base;
        child(base.names().body(), base.body());
        score = child("score", weights.linearOrNew("score", base.hiddenSize(), classes, false));
    }

    @Override
    public List<String> headPaths() {
        return List.of("score");
    }

    @Override
    public List<String> framePaths() {
        return DecoderTexts.frames(base.names());
    }

    @Override
    public int maxPositions() {
        return base.maxPositions();
    }

    @Override
    public String wordTablePath() {
        return base.names().body() + "." + base.names().words();
    }

    @Override
    public double wordScale() {
        return base.body().wordScale();
    }

    @Override
    protected int loadedVocabularySize() {
        return base.vocabularySize();
    }

    /** Token types are not read. */
    @Override
    public int typeVocabularySize() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int layerCount() {
        return base.body().layerCount();
    }

    @Override
    public TokenLayout layout(long[] ids, long[] mask, int texts) {
        long[] read = mask.clone();
        int columns = texts < 1 ? 0 : mask.length / texts;
        for (int text = 0; text < texts && base.paddingToken() >= 0; text++) {
            for (int i = (text + 1) * columns - 1; i >= text * columns; i--) {
                if (read[i] != 0 && ids[i] != base.paddingToken()) {
                    break;
                }
                read[i] = 0; // nothing reads what follows the token that is classified
            }
        }
        return TokenLayout.ofAdmitted(read, texts);
    }

    @Override
    public NDList embed(Pass pass, NDList inputs) {
        return DecoderTexts.embed(base.body(), pass, inputs);
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden) {
        return DecoderTexts.layer(base.body(), index, pass, hidden);
    }

    @Override
    public NDArray read(NDList hidden) {
        return new TokenRows(hidden).lastTokens();
    }

    @Override
    public NDArray logits(Pass pass, NDList hidden) {
        TokenRows rows = new TokenRows(hidden);
        NDManager outer = rows.hidden().getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(rows.hidden());
            NDArray last = base.body().normalise(pass, rows.lastTokens());
            NDArray logits = Torch.toFloat32(rows.inOrderOfTexts(score.apply(pass, last)));
            logits.attach(outer);
            return logits;
        }
    }
}
