// Asking the server: always answers, never throws.

/** @typedef {{ok: boolean, status: number, body: any}} Answer */

/**
 * Ask for something.
 * @param {string} path
 * @returns {Promise<Answer>} status 0 when the server cannot be reached
 */
export function ask(path) {
  return send(path, {});
}

/**
 * Send something.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<Answer>}
 */
export function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return send(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Answer>}
 */
async function send(path, options) {
  try {
    const signal = AbortSignal.timeout(10000);
    const response = await fetch(path, { ...options, credentials: "same-origin", signal });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return { ok: false, status: 0, body: {} };
  }
}
