// The client `@google/genai`: content, token counts and models.

import assert from "node:assert/strict";
import test from "node:test";
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import { all, forecast, nWords, phase, url } from "./shared.mjs";

const client = (apiKey = "AIza-test") =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url, retryOptions: { attempts: 1 } } });
const ai = client();
const tools = [{ functionDeclarations: [{ name: "forecast", parametersJsonSchema: forecast }] }];

const request = (config, name, retryOptions) => ({
  model: "gemini-2.5-pro",
  contents: "Hello",
  config: {
    ...config,
    ...(name && { httpOptions: { headers: phase(name), retryOptions } }),
  },
});
const ask = (config, name, from = ai) => from.models.generateContent(request(config, name));
const stream = async (config, name) =>
  all(await ai.models.generateContentStream(request(config, name)));

test("whole", async () => {
  const reply = await ask({ maxOutputTokens: 100 });
  assert.equal(nWords(reply.text), 100);
  assert.equal(reply.candidates[0].finishReason, "MAX_TOKENS");
  assert.equal(reply.usageMetadata.candidatesTokenCount, 100);
  assert.equal((await ask({})).candidates[0].finishReason, "STOP");
});

test("candidates", async () => {
  const reply = await ask({ candidateCount: 3 });
  assert.equal(new Set(reply.candidates.map((one) => one.content.parts[0].text)).size, 3);
  assert.equal(reply.usageMetadata.candidatesTokenCount, 360);
});

test("streamed", async () => {
  const chunks = await stream({});
  assert.equal(chunks.map((chunk) => chunk.text).join(""), (await ask({})).text);
  assert.equal(chunks.at(-1).usageMetadata.candidatesTokenCount, 120);
  assert.equal(chunks.at(-1).candidates[0].finishReason, "STOP");
});

test("tool", async () => {
  const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
  const [forced] = (await ask({ tools, toolConfig })).functionCalls;
  assert.deepEqual(forced.args, { city: "", days: 0 });
  const [scripted] = (await ask({ tools }, "tool")).functionCalls;
  assert.deepEqual(scripted.args, { city: "Bern", days: 3 });
  const chunks = await stream({ tools }, "tool");
  const calls = chunks.flatMap((chunk) => chunk.functionCalls ?? []);
  assert.deepEqual(calls, [scripted]);
});

test("structured", async () => {
  const config = { responseMimeType: "application/json", responseJsonSchema: forecast };
  assert.deepEqual(JSON.parse((await ask(config)).text), { city: "", days: 0 });
});

test("thinking", async () => {
  const shown = await ask({ thinkingConfig: { includeThoughts: true } }, "thinking");
  const [thought, text] = shown.candidates[0].content.parts;
  assert.deepEqual([thought.thought, nWords(thought.text)], [true, 48]);
  assert.equal(nWords(text.text), 60);
  assert.equal(shown.usageMetadata.thoughtsTokenCount, 48);
  const hidden = await ask({}, "thinking");
  assert.equal(hidden.candidates[0].content.parts.length, 1);
});

test("token counts and models", async () => {
  const count = await ai.models.countTokens({ model: "gemini-2.5-pro", contents: "Hello" });
  assert.equal(count.totalTokens, (await ask({})).usageMetadata.promptTokenCount);
  const models = await all(await ai.models.list({ config: { pageSize: 2 } }));
  assert.ok(models.map((model) => model.name).includes("models/gemini-2.5-pro"));
  assert.equal((await ai.models.get({ model: "gemini-2.5-pro" })).outputTokenLimit, 65_536);
});

/** The error that a call ends in. */
const refused = (call) =>
  call.then(
    () => assert.fail("no error"),
    (error) => {
      assert.ok(error instanceof ApiError, error);
      return { status: error.status, word: JSON.parse(error.message).error.status };
    },
  );

test("errors", async () => {
  const invalid = { status: 400, word: "INVALID_ARGUMENT" };
  assert.deepEqual(await refused(ask({}, undefined, client("invalid"))), invalid);
  assert.deepEqual(await refused(ask({ maxOutputTokens: 65_537 })), invalid);
  const nobody = ai.models.generateContent({ model: "gemini-nobody", contents: "Hello" });
  assert.deepEqual(await refused(nobody), { status: 404, word: "NOT_FOUND" });
});

test("retries", async () => {
  for (const fault of ["rate-limited", "failing", "overloaded"]) {
    const reply = await ai.models.generateContent(request({}, fault, { attempts: 3 }));
    assert.ok(reply.text);
  }
});

test("cut and split streams", async () => {
  await assert.rejects(stream({}, "cut"));
  const chunks = await stream({}, "split");
  assert.equal(chunks.map((chunk) => chunk.text).join(""), (await ask({}, "split")).text);
});
