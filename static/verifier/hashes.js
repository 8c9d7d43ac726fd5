// SHA-256 and the Merkle tree of RFC 6962 over it.
import { equal, join, utf8 } from "./bytes.js";

const AT_ONCE = 512;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

/** What every message that is hashed or signed begins with. */
export const tag = (name) => utf8(`piaojue/v1/${name}\n`);

/** The hashes of `part(0)`, `part(1)`, … up to `count`, 32 bytes each, side by side. */
export async function hashes(count, part) {
  const all = new Uint8Array(32 * count);
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => part(from + i));
    const done = await Promise.all(some.map((bytes) => crypto.subtle.digest("SHA-256", bytes)));
    done.forEach((hash, i) => all.set(new Uint8Array(hash), 32 * (from + i)));
  }
  return all;
}

export const nth = (all, i) => all.subarray(32 * i, 32 * (i + 1));

/** A Merkle tree that knows the root of its first so many leaves, for every number. */
export class Tree {
  /** The tree over the leaves `leaf(0)`, `leaf(1)`, … up to `count`. */
  static async over(count, leaf) {
    const tree = new Tree();
    tree.count = count;
    // levels[k] holds the hashes of all full subtrees of 2^k leaves.
    tree.levels = [await hashes(count, (i) => join(LEAF, leaf(i)))];
    for (let left = count >> 1; left > 0; left >>= 1) {
      const below = tree.levels.at(-1);
      tree.levels.push(
        await hashes(left, (i) => join(NODE, below.subarray(64 * i, 64 * (i + 1)))),
      );
    }
    return tree;
  }

  async root(size = this.count) {
    if (size === 0) return sha256();
    let root = null;
    let covered = 0;
    // From the smallest full subtree, the rightmost, to the largest.
    for (let level = 0; 2 ** level <= size; level++) {
      if (Math.floor(size / 2 ** level) % 2 === 0) continue;
      covered += 2 ** level;
      const part = nth(this.levels[level], (size - covered) / 2 ** level);
      root = root === null ? part : await sha256(NODE, part, root);
    }
    return root;
  }
}

/** The root over these leaves. */
export async function merkle(count, leaf) {
  return (await Tree.over(count, leaf)).root();
}

export const isRoot = async (root, count, leaf) => equal(await merkle(count, leaf), root);
