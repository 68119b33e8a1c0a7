// SHA-256 (FIPS 180-4), because WebCrypto is not there for pages that are opened as files.
"use strict";
(function (Q) {
  const PRIMES = [];
  for (let n = 2; PRIMES.length < 64; n++) {
    if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
  }
  // The first 32 bits of the fractional part, by whole numbers: floor(root · 2^32) mod 2^32.
  const K = PRIMES.map((prime) => Number(root(BigInt(prime) << 96n, 3n) & 0xffffffffn) | 0);
  const START = PRIMES.slice(0, 8).map(
    (prime) => Number(root(BigInt(prime) << 64n, 2n) & 0xffffffffn) | 0,
  );

  function root(value, degree) {
    let low = 0n;
    let high = 1n << 64n;
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (middle ** degree <= value) low = middle;
      else high = middle;
    }
    return low;
  }

  const turn = (word, by) => (word >>> by) | (word << (32 - by));

  function mix(state, words) {
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15];
      const b = words[i - 2];
      const low = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const high = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      words[i] = (words[i - 16] + low + words[i - 7] + high) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const big = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + big + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
      const other = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + other) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = (state[i] + word) | 0));
  }

  Q.sha256 = function (bytes) {
    const blocks = (bytes.length + 9 + 63) >> 6;
    const padded = new Uint8Array(blocks * 64);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
    view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
    const state = Int32Array.from(START);
    const words = new Int32Array(64);
    for (let at = 0; at < padded.length; at += 64) {
      for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
      mix(state, words);
    }
    return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  };
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
