/**
 * QR codes (ISO/IEC 18004) in byte mode at error correction level M: receipts never leave the tablet
 * to be drawn elsewhere.
 */

// By version, from 1: error correction codewords a block, and blocks (ISO/IEC 18004 table 9, level M).
const EC_LENGTH = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29,
  31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
const MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

/**
 * @param {Uint8Array} data at most 2331 bytes
 * @param {number} [mask] 0 to 7; without it, the one with the least penalty
 * @returns {boolean[][]} rows of modules, true is dark, no quiet zone
 * @throws {RangeError} more data than a code holds
 */
export function qrMatrix(data, mask) {
  const version = versionFor(data.length);
  const words = interleave(codewords(data, version), version);
  const candidates = mask === undefined ? MASKS.map((_, i) => i) : [mask];
  const drawn = candidates.map((each) => draw(words, version, each));
  return drawn.reduce((best, grid) => (penalty(grid) < penalty(best) ? grid : best));
}

function versionFor(length) {
  for (let version = 1; version <= 40; version += 1) {
    if (8 * length + 4 + lengthBits(version) <= 8 * dataWords(version)) return version;
  }
  throw new RangeError("too much data for a QR code");
}

function lengthBits(version) {
  return version < 10 ? 8 : 16;
}

function dataWords(version) {
  return Math.floor(rawModules(version) / 8) - EC_LENGTH[version - 1] * BLOCKS[version - 1];
}

// All modules but the finders, separators, timing, alignment, format and version.
function rawModules(version) {
  const centres = Math.floor(version / 7) + 2;
  const alignment = version > 1 ? (25 * centres - 10) * centres - 55 : 0;
  return (16 * version + 128) * version + 64 - alignment - (version > 6 ? 36 : 0);
}

function codewords(data, version) {
  const bits = [];
  const put = (value, count) => {
    for (let i = count - 1; i >= 0; i -= 1) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(data.length, lengthBits(version));
  data.forEach((byte) => put(byte, 8));
  const capacity = 8 * dataWords(version);
  put(0, Math.min(4, capacity - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) put(pad, 8);
  return bits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2));
}

// Reed-Solomon over GF(2^8) with x^8 + x^4 + x^3 + x^2 + 1.
function multiply(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

function generator(degree) {
  let result = [...new Array(degree - 1).fill(0), 1];
  let root = 1;
  for (let i = 0; i < degree; i += 1) {
    result = result.map((value, j) => multiply(value, root) ^ (j + 1 < degree ? result[j + 1] : 0));
    root = multiply(root, 2);
  }
  return result;
}

function remainder(block, divisor) {
  let rest = divisor.map(() => 0);
  for (const word of block) {
    const factor = word ^ rest[0];
    rest = [...rest.slice(1), 0].map((value, i) => value ^ multiply(divisor[i], factor));
  }
  return rest;
}

function interleave(words, version) {
  const count = BLOCKS[version - 1];
  const short = Math.floor(words.length / count);
  const shortBlocks = count - (words.length % count);
  const divisor = generator(EC_LENGTH[version - 1]);
  let at = 0;
  const blocks = Array.from({ length: count }, (_, i) => words.slice(at, (at += short + (i >= shortBlocks ? 1 : 0))));
  const ends = blocks.map((block) => remainder(block, divisor));
  return [...columns(blocks), ...columns(ends)];
}

function columns(rows) {
  const longest = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: longest }, (_, i) => rows.filter((row) => i < row.length).map((row) => row[i])).flat();
}

function draw(words, version, mask) {
  const size = 4 * version + 17;
  const grid = Array.from({ length: size }, () => new Array(size).fill(null));
  drawTiming(grid);
  drawAlignment(grid, version);
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) drawFinder(grid, x, y);
  drawFormat(grid, mask);
  if (version > 6) drawVersion(grid, version);
  drawWords(grid, words, mask);
  return grid.map((row) => row.map(Boolean));
}

function drawTiming(grid) {
  for (let i = 0; i < grid.length; i += 1) grid[6][i] = grid[i][6] = i % 2 === 0;
}

function drawFinder(grid, x, y) {
  for (let dy = -4; dy <= 4; dy += 1) {
    for (let dx = -4; dx <= 4; dx += 1) {
      const ring = Math.max(Math.abs(dx), Math.abs(dy));
      if (grid[y + dy] && grid[y + dy][x + dx] !== undefined) grid[y + dy][x + dx] = ring !== 2 && ring !== 4;
    }
  }
}

function drawAlignment(grid, version) {
  const places = alignmentPlaces(version);
  const last = places.length - 1;
  places.forEach((y, i) => {
    places.forEach((x, j) => {
      const finder = (i === 0 && (j === 0 || j === last)) || (i === last && j === 0);
      if (!finder) drawSquare(grid, x, y);
    });
  });
}

function alignmentPlaces(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : 2 * Math.ceil((4 * version + 4) / (2 * count - 2));
  const from = 4 * version + 10;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => from - i * step).reverse()];
}

function drawSquare(grid, x, y) {
  for (let dy = -2; dy <= 2; dy += 1) {
    for (let dx = -2; dx <= 2; dx += 1) grid[y + dy][x + dx] = Math.max(Math.abs(dx), Math.abs(dy)) !== 1;
  }
}

// Level M is 00, so the five format bits are the mask's number alone.
function drawFormat(grid, mask) {
  const size = grid.length;
  const bits = ((mask << 10) | bch(mask, 10, 0x537)) ^ 0x5412;
  const places = [0, 1, 2, 3, 4, 5, 7, 8];
  for (let i = 0; i < 15; i += 1) {
    const dark = ((bits >> i) & 1) === 1;
    if (i < 8) grid[places[i]][8] = grid[8][size - 1 - i] = dark;
    else grid[8][places[14 - i]] = grid[size - 15 + i][8] = dark;
  }
  grid[size - 8][8] = true;
}

function drawVersion(grid, version) {
  const bits = (version << 12) | bch(version, 12, 0x1f25);
  for (let i = 0; i < 18; i += 1) {
    const [a, b] = [grid.length - 11 + (i % 3), Math.floor(i / 3)];
    grid[b][a] = grid[a][b] = ((bits >> i) & 1) === 1;
  }
}

function bch(value, degree, polynomial) {
  let rest = value;
  for (let i = 0; i < degree; i += 1) rest = (rest << 1) ^ ((rest >> (degree - 1)) * polynomial);
  return rest;
}

// Two columns at a time from the right, upwards and downwards by turns, past the timing column.
function drawWords(grid, words, mask) {
  const size = grid.length;
  let bit = 0;
  let upwards = true;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < 2 * size; step += 1) {
      const y = upwards ? size - 1 - (step >> 1) : step >> 1;
      const x = right - (step & 1);
      if (grid[y][x] !== null) continue;
      const dark = bit < 8 * words.length && ((words[bit >> 3] >> (7 - (bit & 7))) & 1) === 1;
      grid[y][x] = dark !== (MASKS[mask](x, y) === 0);
      bit += 1;
    }
    upwards = !upwards;
  }
}

function penalty(grid) {
  const turned = grid.map((_, x) => grid.map((row) => row[x]));
  const lines = [...grid, ...turned].map((row) => row.map(Number).join(""));
  return lines.reduce((sum, line) => sum + linePenalty(line), 0) + boxPenalty(grid) + balancePenalty(grid);
}

function linePenalty(line) {
  const runs = (line.match(/0{5,}|1{5,}/g) || []).reduce((sum, run) => sum + run.length - 2, 0);
  const finders = line.match(/(?=10111010000)|(?=00001011101)/g) || [];
  return runs + 40 * finders.length;
}

function boxPenalty(grid) {
  let sum = 0;
  for (let y = 1; y < grid.length; y += 1) {
    for (let x = 1; x < grid.length; x += 1) {
      const corner = grid[y][x];
      if (corner === grid[y - 1][x] && corner === grid[y][x - 1] && corner === grid[y - 1][x - 1]) sum += 3;
    }
  }
  return sum;
}

function balancePenalty(grid) {
  const all = grid.flat();
  const dark = all.filter(Boolean).length / all.length;
  return 10 * Math.floor(Math.abs(20 * dark - 10));
}
