// Exact numbers: fractions of whole numbers, and decimals that are written as they were given.
// A fraction is never rounded; a decimal remembers its digits, its exponent and the sign of a zero,
// so that it is written with the same characters as in a bill.
"use strict";
(function (Q) {
  const abs = (n) => (n < 0n ? -n : n);

  function gcd(a, b) {
    a = abs(a);
    b = abs(b);
    while (b) [a, b] = [b, a % b];
    return a;
  }

  function floorDiv(a, b) {
    const q = a / b;
    return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
  }

  class Frac {
    constructor(n, d = 1n) {
      n = BigInt(n);
      d = BigInt(d);
      if (d === 0n) throw new Error("division by zero");
      if (d < 0n) [n, d] = [-n, -d];
      const g = d === 1n ? 1n : gcd(n, d) || 1n;
      this.n = n / g;
      this.d = d / g;
    }
    add(other) {
      return new Frac(this.n * other.d + other.n * this.d, this.d * other.d);
    }
    sub(other) {
      return new Frac(this.n * other.d - other.n * this.d, this.d * other.d);
    }
    mul(other) {
      return new Frac(this.n * other.n, this.d * other.d);
    }
    div(other) {
      return new Frac(this.n * other.d, this.d * other.n);
    }
    neg() {
      return new Frac(-this.n, this.d);
    }
    cmp(other) {
      const a = this.n * other.d;
      const b = other.n * this.d;
      return a < b ? -1 : a > b ? 1 : 0;
    }
    isZero() {
      return this.n === 0n;
    }
    floor() {
      return floorDiv(this.n, this.d);
    }
    ceil() {
      return -floorDiv(-this.n, this.d);
    }
  }

  const ZERO = new Frac(0n);
  const ONE = new Frac(1n);
  const max = (...all) => all.reduce((a, b) => (a.cmp(b) >= 0 ? a : b));
  const min = (...all) => all.reduce((a, b) => (a.cmp(b) <= 0 ? a : b));
  const sum = (all) => all.reduce((a, b) => a.add(b), ZERO);

  // digits · 10^exp, negative if isNegative (also a zero may be).
  class Dec {
    constructor(isNegative, digits, exp) {
      this.isNegative = isNegative;
      this.digits = digits;
      this.exp = exp;
    }
    static parse(value) {
      const text = String(value);
      const found = /^(-?)(\d+)(?:\.(\d+))?(?:E([+\-]?\d+))?$/.exec(text);
      if (!found) throw new Error(`${text} is no decimal number`);
      const places = found[3] || "";
      const exp = Number(found[4] || 0) - places.length;
      return new Dec(found[1] === "-", BigInt(found[2] + places), exp);
    }
    static scaled(n, exp) {
      return new Dec(n < 0n, abs(n), exp);
    }
    signed() {
      return this.isNegative ? -this.digits : this.digits;
    }
    frac() {
      const power = 10n ** BigInt(Math.abs(this.exp));
      return this.exp < 0 ? new Frac(this.signed(), power) : new Frac(this.signed() * power);
    }
    isZero() {
      return this.digits === 0n;
    }
    at(exp) {
      return this.signed() * 10n ** BigInt(this.exp - exp);
    }
    add(other) {
      const exp = Math.min(this.exp, other.exp);
      const n = this.at(exp) + other.at(exp);
      const isNegative = n === 0n ? this.isNegative && other.isNegative : n < 0n;
      return new Dec(isNegative, abs(n), exp);
    }
    sub(other) {
      return this.add(new Dec(!other.isNegative, other.digits, other.exp));
    }
    mul(other) {
      const isNegative = this.isNegative !== other.isNegative;
      return new Dec(isNegative, this.digits * other.digits, this.exp + other.exp);
    }
    neg() {
      return new Dec(!this.isNegative && this.digits !== 0n, this.digits, this.exp);
    }
    // To so many places, keeping the sign of what becomes zero.
    quantize(places, rule) {
      const rounded = Q.roundExact(this.frac(), places, rule);
      return new Dec(this.isNegative, rounded.digits, -places);
    }
    // As Python's str(Decimal): an exponent only far from the point.
    toString() {
      const sign = this.isNegative ? "-" : "";
      const digits = String(this.digits);
      const left = this.exp + digits.length;
      if (this.exp > 0 || left <= -6) {
        const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
        const power = left - 1;
        return `${sign}${digits[0]}${rest}E${power < 0 ? "-" : "+"}${Math.abs(power)}`;
      }
      return sign + plain(digits, this.exp);
    }
    fixed() {
      return (this.isNegative ? "-" : "") + plain(String(this.digits), this.exp);
    }
    // Without exponent and without zeros at the end that say nothing.
    short() {
      const text = this.fixed();
      return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
    }
  }

  function plain(digits, exp) {
    if (exp >= 0) return digits === "0" ? "0" : digits + "0".repeat(exp);
    const padded = digits.padStart(1 - exp, "0");
    return `${padded.slice(0, exp)}.${padded.slice(exp)}`;
  }

  // half_even takes a half to the even neighbour, half_up away from zero.
  Q.roundExact = function (value, places, rule) {
    const n = value.n * 10n ** BigInt(places);
    const size = abs(n);
    let whole = size / value.d;
    const twice = 2n * (size % value.d);
    if (rule !== "half_even" && rule !== "half_up") throw new Error(`rounding rule ${rule}`);
    const isUp = twice > value.d || (twice === value.d && (rule === "half_up" || whole % 2n === 1n));
    if (isUp) whole += 1n;
    return Dec.scaled(n < 0n ? -whole : whole, -places);
  };

  Object.assign(Q, { Frac, Dec, ZERO, ONE, floorDiv, fracMax: max, fracMin: min, fracSum: sum });
  Q.frac = (n, d) => new Frac(n, d);
  Q.dec = (value) => Dec.parse(value);
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
