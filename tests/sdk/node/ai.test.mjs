// The client `ai`, with its providers of OpenAI (Chat and Responses), Anthropic and Gemini.

import assert from "node:assert/strict";
import test from "node:test";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateObject, generateText, jsonSchema, streamText, tool } from "ai";
import { all, forecast, nWords, phase, url } from "./shared.mjs";

const key = { apiKey: "sk-test" };
const openai = createOpenAI({ ...key, baseURL: `${url}/v1` });
const models = {
  "OpenAI Chat": openai.chat("gpt-5.2"),
  "OpenAI Responses": openai.responses("gpt-5.2"),
  Anthropic: createAnthropic({ ...key, baseURL: `${url}/v1` })("claude-sonnet-4-5"),
  Gemini: createGoogleGenerativeAI({ ...key, baseURL: `${url}/v1beta` })("gemini-2.5-flash"),
};
const ask = (model, more) => ({ model, prompt: "Hello", maxRetries: 0, ...more });
const tools = { forecast: tool({ description: "A forecast", inputSchema: jsonSchema(forecast) }) };

for (const [name, model] of Object.entries(models)) {
  test(`${name}, whole`, async () => {
    const { text, usage, finishReason } = await generateText(ask(model, { maxOutputTokens: 100 }));
    assert.equal(nWords(text), 100);
    assert.equal(usage.outputTokens, 100);
    assert.equal(finishReason, "length");
  });

  test(`${name}, streamed`, async () => {
    const stream = streamText(ask(model, {}));
    const pieces = await all(stream.textStream);
    assert.ok(pieces.length > 1);
    assert.equal(pieces.join(""), (await generateText(ask(model, {}))).text);
    assert.equal((await stream.usage).outputTokens, 120);
    assert.equal(await stream.finishReason, "stop");
  });

  test(`${name}, tool`, async () => {
    const { toolCalls } = await generateText(ask(model, { tools, headers: phase("tool") }));
    assert.equal(toolCalls[0].toolName, "forecast");
    assert.deepEqual(toolCalls[0].input, { city: "Bern", days: 3 });
  });

  test(`${name}, structured`, async () => {
    const { object } = await generateObject(ask(model, { schema: jsonSchema(forecast) }));
    assert.deepEqual(Object.keys(object), ["city", "days"]);
  });

  test(`${name}, retried`, async () => {
    const { text } = await generateText(ask(model, { maxRetries: 1, headers: phase("failing") }));
    assert.equal(nWords(text), 120);
  });
}
