// A proof as JSON: read strictly, checked for its shape, and written in its one canonical form.
"use strict";
(function (Q) {
  const DEPTH_MAX = 100;
  const SIZE_MAX = 32 * 1024 * 1024;
  const INT64 = 1n << 63n;
  const HALF_CHARACTER = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
  const ESCAPES = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" };

  class NoProof extends Error {}

  // Objects become maps without a prototype; whole numbers beyond 2^53 become BigInt.
  class Reader {
    constructor(text) {
      this.text = text;
      this.at = 0;
    }
    fail(reason) {
      throw new NoProof(`${reason} at character ${this.at}`);
    }
    space() {
      while (" \t\n\r".includes(this.text[this.at] || "x")) this.at++;
    }
    document() {
      const value = this.value(0);
      this.space();
      if (this.at < this.text.length) this.fail("something follows the document");
      return value;
    }
    value(depth) {
      if (depth > DEPTH_MAX) this.fail("nested too deep");
      this.space();
      const head = this.text[this.at];
      if (head === "{") return this.object(depth);
      if (head === "[") return this.list(depth);
      if (head === '"') return this.string();
      for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
        if (this.text.startsWith(word, this.at)) {
          this.at += word.length;
          return value;
        }
      }
      return this.number();
    }
    object(depth) {
      const found = Object.create(null);
      this.at++;
      this.space();
      if (this.text[this.at] === "}") {
        this.at++;
        return found;
      }
      for (;;) {
        this.space();
        if (this.text[this.at] !== '"') this.fail("a key is missing");
        const key = this.string();
        if (key in found) this.fail(`the key ${key} is there twice`);
        this.space();
        if (this.text[this.at++] !== ":") this.fail("a colon is missing");
        found[key] = this.value(depth + 1);
        this.space();
        const next = this.text[this.at++];
        if (next === "}") return found;
        if (next !== ",") this.fail("a comma is missing");
      }
    }
    list(depth) {
      const found = [];
      this.at++;
      this.space();
      if (this.text[this.at] === "]") {
        this.at++;
        return found;
      }
      for (;;) {
        found.push(this.value(depth + 1));
        this.space();
        const next = this.text[this.at++];
        if (next === "]") return found;
        if (next !== ",") this.fail("a comma is missing");
      }
    }
    string() {
      let found = "";
      let from = ++this.at;
      for (;;) {
        const code = this.text.charCodeAt(this.at);
        if (!(code >= 0x20)) this.fail("a text doesn't end");
        if (code === 0x22) break;
        if (code === 0x5c) {
          found += this.text.slice(from, this.at) + this.escape();
          from = this.at;
        } else this.at++;
      }
      found += this.text.slice(from, this.at++);
      if (HALF_CHARACTER.test(found)) this.fail("half a character");
      return found;
    }
    escape() {
      const letter = this.text[this.at + 1];
      if (letter in ESCAPES) {
        this.at += 2;
        return ESCAPES[letter];
      }
      const hex = this.text.slice(this.at + 2, this.at + 6);
      if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) this.fail("an unknown escape");
      this.at += 6;
      return String.fromCharCode(parseInt(hex, 16));
    }
    number() {
      const pattern = /-?(?:0|[1-9]\d*)/y;
      pattern.lastIndex = this.at;
      const found = pattern.exec(this.text);
      if (!found) this.fail("this is no JSON");
      if (/[.eE]/.test(this.text[this.at + found[0].length] || "")) this.fail("no whole number");
      if (found[0].length > 20) this.fail("a number doesn't fit 64 bits");
      const big = BigInt(found[0]);
      if (big < -INT64 || big >= INT64) this.fail("a number doesn't fit 64 bits");
      this.at += found[0].length;
      const number = Number(big);
      return Number.isSafeInteger(number) ? number + 0 : big;
    }
  }

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const isWhole = (value) => typeof value === "number" || typeof value === "bigint";

  // Keys by code point, as UTF-8 sorts them; JavaScript's own order is by UTF-16.
  function byCodePoint(a, b) {
    const [one, other] = [Array.from(a), Array.from(b)];
    for (let i = 0; i < Math.min(one.length, other.length); i++) {
      const difference = one[i].codePointAt(0) - other[i].codePointAt(0);
      if (difference) return difference;
    }
    return one.length - other.length;
  }

  function canonical(value) {
    if (isWhole(value)) return value === 0 ? "0" : String(value);
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (!isObject(value)) return JSON.stringify(value);
    const keys = Object.keys(value).sort(byCodePoint);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }

  Q.digest = (value) => Q.sha256(new TextEncoder().encode(canonical(value)));

  function* problems(value, shape, path) {
    const place = path || "the document";
    if (shape === "day") {
      if (typeof value !== "string" || !isDay(value)) yield `${place}: must be a date`;
    } else if (shape === "document") {
      if (!isObject(value) || !isDocument(value, 0)) yield `${place}: must be an object`;
    } else if (shape.whole) {
      const [least, most] = shape.whole.map(BigInt);
      const fits = isWhole(value) && BigInt(value) >= least && BigInt(value) <= most;
      if (!fits) yield `${place}: must be a whole number from ${least} to ${most}`;
    } else if (shape.text) {
      shape.pattern = shape.pattern || new RegExp(`^(?:${shape.text})$`, "su");
      const fits = typeof value === "string" && shape.pattern.test(value);
      if (!fits) yield `${place}: must be written like ${shape.text}`;
    } else if (shape.rare) {
      yield* problems(value, shape.rare, path);
    } else if (shape.maybe) {
      if (value !== null) yield* problems(value, shape.maybe, path);
    } else if (shape.list) {
      if (!Array.isArray(value)) yield `${place}: must be a list`;
      else for (const [i, item] of value.entries()) yield* problems(item, shape.list, `${path}[${i}]`);
    } else if (!isObject(value)) {
      yield `${place}: must be an object`;
    } else if (shape.map) {
      for (const key of Object.keys(value)) yield* problems(value[key], shape.map, `${path}.${key}`);
    } else yield* objectProblems(value, shape.object, path);
  }

  function* objectProblems(value, shape, path) {
    for (const key of Object.keys({ ...shape, ...value }).sort(byCodePoint)) {
      const place = path ? `${path}.${key}` : key;
      if (!(key in value)) {
        if (!shape[key].rare) yield `${place}: is not there`;
      } else if (!Object.hasOwn(shape, key)) yield `${place}: is unknown`;
      else yield* problems(value[key], shape[key], place);
    }
  }

  function isDay(text) {
    if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || text.startsWith("0000")) return false;
    return Q.dayText(Q.dayOf(text)) === text;
  }

  function isDocument(value, depth) {
    if (typeof value === "string" || typeof value === "boolean" || isWhole(value)) return true;
    if (value === null || depth >= 12) return false;
    const inner = Array.isArray(value) ? value : Object.values(value);
    return inner.every((each) => isDocument(each, depth + 1));
  }

  Q.readProof = function (bytes) {
    if (bytes.length > SIZE_MAX) throw new NoProof(`${bytes.length} B, limit ${SIZE_MAX} B`);
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new NoProof("it is not UTF-8 text");
    }
    const record = new Reader(text).document();
    const found = problems(record, Q.PROOF_SHAPE, "").next();
    if (!found.done) throw new NoProof(found.value);
    Q.checkProof(record, (reason) => {
      throw new NoProof(reason);
    });
    return record;
  };

  // The first place where two records differ, in the order of the expected one's keys.
  Q.firstDifference = function (expected, found, path = []) {
    if (Array.isArray(expected) && Array.isArray(found)) {
      for (let i = 0; i < Math.max(expected.length, found.length); i++) {
        const inner = Q.firstDifference(expected[i], found[i], [...path, i]);
        if (inner) return inner;
      }
      return null;
    }
    if (isObject(expected) && isObject(found)) {
      const keys = [...Object.keys(expected), ...Object.keys(found).filter((k) => !(k in expected))];
      for (const key of keys) {
        const inner = Q.firstDifference(expected[key], found[key], [...path, key]);
        if (inner) return inner;
      }
      return null;
    }
    const isSame = isWhole(expected) && isWhole(found) ? BigInt(expected) === BigInt(found) : expected === found;
    return isSame ? null : { path, expected, found };
  };

  Object.assign(Q, { NoProof, canonical, byCodePoint, SIZE_MAX });
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
