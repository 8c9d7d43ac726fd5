// All signatures of a record, of four kinds, checked some at a time and on all processors.
import { b64 } from "./bytes.js";
import { verifyEd25519 } from "./ed25519.js";
import { Fault } from "./fault.js";
import { inRange, isRoot65537 } from "./rsa.js";

const AT_ONCE = 64;

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const PSS = { name: "RSA-PSS", hash: "SHA-384", saltLength: 48 };
const rsaKeys = new Map();

async function verifyEcdsa(key, message, signature) {
  const imported = await crypto.subtle.importKey("raw", key, ECDSA, false, ["verify"]);
  return crypto.subtle.verify(ECDSA, imported, signature, message);
}

async function verifyPss(spki, message, signature) {
  const name = b64(spki);
  if (!rsaKeys.has(name)) {
    rsaKeys.set(name, crypto.subtle.importKey("spki", spki, PSS, false, ["verify"]));
  }
  const key = await rsaKeys.get(name);
  return inRange(spki, signature) && crypto.subtle.verify(PSS, key, signature, message);
}

const KINDS = {
  ecdsa: verifyEcdsa,
  pss: verifyPss,
  blind: isRoot65537,
  ed25519: verifyEd25519,
};

/** The index of the first of these `[kind, key, message, signature]` that is false, or -1. */
export async function firstFalse(jobs) {
  const valid = await Promise.all(jobs.map(([kind, ...parts]) => KINDS[kind](...parts)));
  return valid.indexOf(false);
}

/** Takes signatures in the record's order; `settle` throws the fault of the first false one. */
export class Signatures {
  /** `pool.check(jobs)` answers as firstFalse; `pool.width` of them can run at once. */
  constructor(pool, checked = () => {}) {
    Object.assign(this, { pool, checked, jobs: [], faults: [], flying: new Set(), chunks: 0 });
    this.first = { chunk: Infinity, fault: null };
  }

  /** Returns when there is room for more. */
  async add(kind, key, message, signature, code, values) {
    this.jobs.push([kind, key, message, signature]);
    this.faults.push([code, values]);
    if (this.jobs.length >= AT_ONCE) await this.send();
  }

  async send() {
    const { jobs, faults } = this;
    [this.jobs, this.faults] = [[], []];
    const chunk = this.chunks++;
    const flight = this.pool.check(jobs).then((index) => {
      this.flying.delete(flight);
      this.checked(jobs.length);
      if (index >= 0 && chunk < this.first.chunk) {
        this.first = { chunk, fault: new Fault(...faults[index]) };
      }
    });
    this.flying.add(flight);
    while (this.flying.size >= 2 * this.pool.width) await Promise.race(this.flying);
    if (this.first.fault) await this.settle();
  }

  async settle() {
    if (this.jobs.length) await this.send();
    await Promise.all(this.flying);
    if (this.first.fault) throw this.first.fault;
  }
}
