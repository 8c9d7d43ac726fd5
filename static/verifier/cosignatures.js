// Cosignatures: what witnesses say of the log's checkpoints (C2SP tlog-cosignature).
import { equal, integer, unb64, utf8 } from "./bytes.js";
import { verifyEd25519 } from "./ed25519.js";
import { sha256 } from "./hashes.js";

const SIZE = 76; // key id, time, signature
const END_OF_TIME = 2n ** 63n;

/** The definition's witnesses, each with the name and the key under which it signs. */
export const witnessesOf = ({ congress, witnesses = [] }) =>
  witnesses.map(({ id, name, key }) => ({
    name,
    signer: `piaojue/${congress.id}/${id}`,
    key: unb64(key, 32),
  }));

/**
 * What Ed25519 has to verify, `[key, message, signature]`, for this line to be the witness's under
 * a checkpoint of this text; null where no signature could make it that.
 */
export async function claim({ name, bytes }, { signer, key }, checkpoint) {
  if (name !== signer || bytes.length !== SIZE) return null;
  const id = (await sha256(utf8(`${signer}\n`), Uint8Array.of(4), key)).subarray(0, 4);
  const time = integer(bytes.subarray(4, 12));
  if (!equal(bytes.subarray(0, 4), id) || time >= END_OF_TIME) return null;
  return [key, utf8(`cosignature/v1\ntime ${time}\n${checkpoint}`), bytes.subarray(12)];
}

export async function isCosigned(line, witness, checkpoint) {
  const parts = await claim(line, witness, checkpoint);
  return parts !== null && verifyEd25519(...parts);
}

/** How many of these notes, verified before, each witness has signed, and the size of its last. */
export function sightings(definition, notes) {
  return witnessesOf(definition).map(({ name, signer }) => {
    const signed = notes.filter(({ cosignatures }) => cosignatures.some((line) => line.name === signer));
    return { name, notes: signed.length, last: signed.at(-1)?.size ?? 0 };
  });
}
