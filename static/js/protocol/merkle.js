/** The Merkle tree of RFC 6962 section 2.1, from the outside: leaf hashes, roots, proofs of inclusion. */
import { concat, equalBytes, sha256 } from "./encoding.js";

/** @param {Uint8Array} leaf @returns {Promise<Uint8Array>} 32 bytes */
export function leafHash(leaf) {
  return sha256(concat(Uint8Array.of(0), leaf));
}

/** @param {Uint8Array} left @param {Uint8Array} right @returns {Promise<Uint8Array>} 32 bytes */
export function nodeHash(left, right) {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/**
 * Pairing level by level, an odd last node rising as it is, gives the RFC's tree.
 * @param {Uint8Array[]} hashes leaf hashes, 32 bytes each
 * @returns {Promise<Uint8Array>} 32 bytes; of an empty list, the hash of nothing
 */
export async function rootFromLeafHashes(hashes) {
  if (hashes.length === 0) return sha256(new Uint8Array(0));
  let level = hashes;
  while (level.length > 1) level = await nextLevel(level);
  return level[0];
}

function nextLevel(level) {
  const parents = [];
  for (let i = 0; i < level.length; i += 2) {
    parents.push(i + 1 < level.length ? nodeHash(level[i], level[i + 1]) : level[i]);
  }
  return Promise.all(parents);
}

/**
 * The root that a proof of inclusion leads to (RFC 9162 section 2.1.3.2).
 * @param {number} index of the leaf, from 0
 * @param {number} size of the tree
 * @param {Uint8Array} leaf its leaf hash, 32 bytes
 * @param {Uint8Array[]} proof 32 bytes each
 * @returns {Promise<Uint8Array | null>} null when the proof cannot be one of that place and tree
 */
export async function rootFromInclusion(index, size, leaf, proof) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return null;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) return null;
    // Division, not >>: shifts would cut to 32 bits.
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : null;
}

/**
 * @param {number} index
 * @param {number} size
 * @param {Uint8Array} leaf leaf hash, 32 bytes
 * @param {Uint8Array[]} proof
 * @param {Uint8Array} root 32 bytes
 * @returns {Promise<boolean>}
 */
export async function verifyInclusion(index, size, leaf, proof, root) {
  const found = await rootFromInclusion(index, size, leaf, proof);
  return found !== null && equalBytes(found, root);
}
