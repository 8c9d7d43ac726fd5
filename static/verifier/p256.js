// P-256 keys as they stand in a record: 65 bytes, uncompressed.
import { integer } from "./bytes.js";

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** Whether these 65 bytes are a point of the curve. */
export function isPoint(key) {
  const x = integer(key.subarray(1, 33));
  const y = integer(key.subarray(33));
  return key[0] === 4 && x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}
