// The zip file of a record. It has one form only, so nothing is searched for and nothing unpacked:
// sizes are taken from the directory, every other byte is computed and compared.
import { equal, join, utf8 } from "./bytes.js";
import { need } from "./fault.js";

export const MEMBERS = [
  "README.txt",
  "definition.json",
  "roster.jsonl",
  "issuances.jsonl",
  "roll.jsonl",
  "ballots.jsonl",
  "log.jsonl",
  "checkpoints.txt",
  "result.json",
  "board.txt",
];
const END_SIZE = 22;
const DIRECTORY_SIZE = MEMBERS.reduce((sum, name) => sum + 46 + name.length, 0);
const DATE = 0x0021;
const UNIX_FILE = 0x81a40000;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

function crc32(bytes) {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const u16 = (value) => Uint8Array.of(value, value >>> 8);
const u32 = (value) => join(u16(value), u16(value >>> 16));

/** What local header and directory entry have in common. */
const common = (name, crc, size) =>
  join(
    u16(20), u16(0), u16(0), u16(0), u16(DATE),
    u32(crc), u32(size), u32(size), u16(name.length), u16(0),
  );

const localHeader = (name, crc, size) =>
  join(u32(0x04034b50), common(name, crc, size), utf8(name));

const directoryEntry = (name, crc, size, offset) =>
  join(
    u32(0x02014b50), u16(0x0314), common(name, crc, size),
    u16(0), u16(0), u16(0), u32(UNIX_FILE), u32(offset), utf8(name),
  );

const endRecord = (offset) =>
  join(
    u32(0x06054b50), u16(0), u16(0), u16(MEMBERS.length), u16(MEMBERS.length),
    u32(DIRECTORY_SIZE), u32(offset), u16(0),
  );

/** The members of a record, by name, as parts of its bytes. */
export function openContainer(file) {
  need(equal(file.subarray(0, 4), u32(0x04034b50)), "zip.none");
  const start = file.length - END_SIZE - DIRECTORY_SIZE;
  need(start > 0 && equal(file.subarray(-END_SIZE), endRecord(start)), "zip.end");
  const directory = file.subarray(start, -END_SIZE);
  const sizes = readSizes(directory, start);
  const members = new Map();
  const expected = [];
  let offset = 0;
  for (const [i, name] of MEMBERS.entries()) {
    const from = offset + 30 + name.length;
    const bytes = file.subarray(from, from + sizes[i]);
    const crc = crc32(bytes);
    const header = localHeader(name, crc, sizes[i]);
    need(equal(file.subarray(offset, from), header), "zip.member", { member: name });
    expected.push(directoryEntry(name, crc, sizes[i], offset));
    members.set(name, bytes);
    offset = from + sizes[i];
  }
  need(equal(directory, join(...expected)), "zip.directory");
  return members;
}

/** The members' sizes as the directory has them, once they fill the file exactly. */
function readSizes(directory, start) {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  const sizes = [];
  let at = 0;
  let filled = 0;
  for (const name of MEMBERS) {
    sizes.push(view.getUint32(at + 24, true));
    at += 46 + name.length;
    filled += 30 + name.length + sizes.at(-1);
  }
  need(filled === start, "zip.sizes");
  return sizes;
}
