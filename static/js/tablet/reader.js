/** Reads QR codes in pictures, on the tablet itself: zxing-cpp as WebAssembly, from this very server. */

const CODE = "/static/zxing/reader/index.js";
const WASM = "/static/zxing/reader.wasm";
const OPTIONS = { formats: ["QRCode"], tryInvert: false, maxNumberOfSymbols: 1 };

let opening = null;

/**
 * @returns {Promise<(picture: ImageData) => Promise<string>>} the text of a code in a picture, "" for
 *   none; rejects where the server has no reader, or the browser cannot run it
 */
export function openReader() {
  opening = opening || open();
  opening.catch(() => (opening = null)); // the network may only have been away
  return opening;
}

async function open() {
  const [{ prepareZXingModule, readBarcodes }, wasmBinary] = await Promise.all([import(CODE), fetchBytes(WASM)]);
  // Given its bytes it fetches nothing: its own default would be somebody else's server.
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  return async (picture) => {
    const [code] = await readBarcodes(picture, OPTIONS);
    return code ? code.text : "";
  };
}

async function fetchBytes(path) {
  const response = await fetch(path, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.arrayBuffer();
}
