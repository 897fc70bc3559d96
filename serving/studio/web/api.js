// TF Serving's REST API, which has the same origin as the page.

import { Failure } from "./errors.js";

const TIMEOUT_MS = 120_000;
const MAX_WAITS = 8;
const AWAY_STATUS = new Set([502, 503]);

/** Dispatches "lost" when a call finds no server. */
export const network = new EventTarget();

/**
 * Path of a model in the REST API.
 * @param {string} model
 * @param {{ label?: string, version?: string }} [which] A label or version; none stands for the
 *     version that the server prefers.
 * @returns {string}
 */
export function modelPath(model, which = {}) {
  const path = `v1/models/${encodeURIComponent(model)}`;
  if (which.label) return `${path}/labels/${encodeURIComponent(which.label)}`;
  return which.version ? `${path}/versions/${encodeURIComponent(which.version)}` : path;
}

/**
 * Calls a signature.
 * @param {string} model
 * @param {string} signature
 * @param {Object<string, any[]>} inputs Rows of each input; see `atelier/schema/signatures.py`.
 * @param {{ signal?: AbortSignal, label?: string, version?: string }} [options]
 * @returns {Promise<Object<string, any[]>>} Rows of each output.
 * @throws {Failure} If the server does not answer or rejects a row.
 */
export async function predict(model, signature, inputs, options = {}) {
  const body = JSON.stringify({ signature_name: signature, inputs });
  const answer = await request(`${modelPath(model, options)}:predict`, {
    method: "POST", body, signal: options.signal,
  });
  const reason = answer.outputs.error?.find((text) => text);
  if (reason) throw new Failure(reason, "invalid");
  return answer.outputs;
}

/**
 * Gets a JSON document.
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 * @throws {Failure}
 */
export function getJson(path, signal) {
  return request(path, { signal });
}

/**
 * Whether an error is the abort of a call.
 * @param {unknown} error
 * @returns {boolean}
 */
export function isAborted(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * Bytes of a file as the API takes them.
 * @param {Blob} file
 * @returns {Promise<{ b64: string }>}
 */
export async function encodeBytes(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return { b64: btoa(text) };
}

// A server that is asked too fast says when it goes on.
async function request(path, { signal, ...options }) {
  for (let waits = 0; ; waits += 1) {
    const response = await send(path, { signal, ...options });
    if (response.ok) return response.json();
    if (response.status !== 429 || waits === MAX_WAITS) throw await rejection(response);
    await pause(Number(response.headers.get("Retry-After")) || 1, signal);
  }
}

async function send(path, { signal, ...options }) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response;
  try {
    response = await fetch(path, {
      ...options, signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (timeout.aborted) throw new Failure("The server took too long; try again.");
    throw away("The server does not answer.");
  }
  if (AWAY_STATUS.has(response.status)) throw away("The server is not ready.");
  return response;
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function away(message) {
  network.dispatchEvent(new Event("lost"));
  return new Failure(message, "away");
}

async function rejection(response) {
  const text = await response.json().then((body) => body.error, () => "");
  if (/signature.*not found|no signature|too old/i.test(text)) {
    return new Failure("The served version of the model cannot do this; export the model again.", "unsupported");
  }
  if (response.status === 404) {
    // The studio's own server answers in sentences, a bare model server does not.
    return new Failure(text?.endsWith(".") ? text : "The server does not serve this model.", "unsupported");
  }
  if (response.status === 429) return new Failure("Too many requests; wait a moment.");
  return new Failure(plain(text) || `The server answered with the status ${response.status}.`);
}

// "assertion failed: [The reason.] [Condition ...] [[{{node Assert}}]]" becomes "The reason."
function plain(text) {
  const asserted = /assertion failed: \[(.*?)\]/s.exec(text ?? "");
  return (asserted?.[1] ?? text ?? "").replace(/\s*\[\[\{\{node.*$/s, "").trim();
}
