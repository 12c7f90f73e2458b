/**
 * Finds the number that a puzzle hides: the one for which the SHA-256 of salt and number is the challenge. `crypto.subtle` answers
 * a promise for each try, and on pages without https there is none; this is eight times as fast.
 */

export interface Puzzle {
  salt: string;
  challenge: string;
  maxnumber: number;
}

/** The fractions of the roots of the first primes, of which the algorithm is made. */
const K = new Int32Array(64);
const START = new Int32Array(8);
for (let number = 2, found = 0; found < 64; number++) {
  let divisor = 2;
  while (number % divisor) {
    divisor++;
  }
  if (divisor === number) {
    START[found] = fraction(number ** (1 / 2));
    K[found++] = fraction(number ** (1 / 3));
  }
}

function fraction(root: number): number {
  return ((root % 1) * 2 ** 32) | 0;
}

/** Tries number after number, `count` at most; -1 when it is none of these. */
export function tryFrom({ salt, challenge }: Puzzle, first: number, count: number): number {
  const wanted = [...Array(8).keys()].map((word) => parseInt(challenge.slice(word * 8, word * 8 + 8), 16) | 0);
  const prefix = new TextEncoder().encode(salt);
  block = new DataView(new ArrayBuffer(0));
  for (let number = first; number < first + count; number++) {
    const sum = digest(prefix, String(number));
    if (sum[0] === wanted[0] && wanted.every((word, place) => word === sum[place])) {
      return number;
    }
  }
  return -1;
}

const schedule = new Int32Array(64);
const state = new Int32Array(8);
let block = new DataView(new ArrayBuffer(0));

function digest(prefix: Uint8Array, digits: string): Int32Array {
  const length = prefix.length + digits.length;
  const size = ((length + 72) >> 6) << 6;
  if (block.byteLength !== size || block.getUint8(length) !== 0x80) {
    block = new DataView(new ArrayBuffer(size));
    prefix.forEach((byte, place) => block.setUint8(place, byte));
    block.setUint8(length, 0x80);
    block.setUint32(size - 4, length * 8);
  }
  for (let place = 0; place < digits.length; place++) {
    block.setUint8(prefix.length + place, digits.charCodeAt(place));
  }
  state.set(START);
  for (let offset = 0; offset < size; offset += 64) {
    compress(offset);
  }
  return state;
}

function compress(offset: number): void {
  for (let round = 0; round < 16; round++) {
    schedule[round] = block.getInt32(offset + round * 4);
  }
  for (let round = 16; round < 64; round++) {
    const near = schedule[round - 2]!;
    const far = schedule[round - 15]!;
    const small = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
    const large = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
    schedule[round] = (schedule[round - 16]! + small + schedule[round - 7]! + large) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let round = 0; round < 64; round++) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[round]! + schedule[round]!) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** Milliseconds of work between two chances for the page to do something else, and tries between two looks at the clock. */
const SLICE = 6;
const TRIES = 200;

/** In slices, where there is no worker to be had. */
export async function solveInSlices(puzzle: Puzzle): Promise<number> {
  const { port1, port2 } = new MessageChannel(); // timers rest for 4 ms each, and for seconds on pages that nobody sees
  try {
    for (let first = 0; first <= puzzle.maxnumber; ) {
      for (const end = performance.now() + SLICE; performance.now() < end; first += TRIES) {
        const found = tryFrom(puzzle, first, TRIES);
        if (found >= 0) {
          return found;
        }
      }
      await new Promise((resume) => {
        port1.onmessage = resume;
        port2.postMessage(0);
      });
    }
    return -1;
  } finally {
    port1.close();
  }
}
