// Copyright 2026 the lora4j authors.
//
// Licensed under the Apache License, Version 2.0: see the file LICENSE.
//
// Has llama.cpp go on greedily with texts: node greedy.mjs MODEL.gguf COUNT [ADAPTER.gguf] < texts.json
// Prints, for each text, its tokens as llama.cpp reads it and those that it goes on with.
import {readFileSync} from "node:fs";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [modelPath, count, adapter] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(0, "utf8"));
const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath});
const options = {contextSize: 120, batchSize: 120, threads: 1, flashAttention: false};
if (adapter) options.lora = {adapters: [{filePath: adapter, scale: 1}]};
const context = await model.createContext(options);
const sequence = context.getSequence();
const results = [];
for (const text of texts) {
    const tokens = model.tokenize(text);
    if (model.tokens.shouldPrependBosToken) tokens.unshift(model.tokens.bos);
    const given = [];
    await sequence.clearHistory();
    for await (const token of sequence.evaluate(tokens, {temperature: 0, yieldEogToken: true})) {
        given.push(token);
        if (given.length >= Number(count) || model.isEogToken(token)) break;
    }
    results.push({tokens, given});
}
console.log(JSON.stringify(results));
process.exit(0);
