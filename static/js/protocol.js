/**
 * The tablet's half of the ballot protocol, version 1: pure functions, no DOM, no network, no storage.
 *
 * It runs unchanged in browsers (from Chromium 85, in a secure context) and in Node. Functions named
 * `check…` throw a ProtocolError with a stable `code`; functions named `verify…` answer true or
 * false. What travels as text is text, what is signed or hashed is a Uint8Array.
 */
export * from "./protocol/encoding.js";
export { hex, unhex } from "./protocol/numbers.js";
export * from "./protocol/card.js";
export * from "./protocol/p256.js";
export * from "./protocol/ed25519.js";
export * from "./protocol/blindrsa.js";
export * from "./protocol/merkle.js";
export * from "./protocol/checkpoint.js";
export * from "./protocol/messages.js";
export * from "./protocol/issue.js";
export * from "./protocol/cast.js";
export * from "./protocol/relay.js";
