// Days and clocks: dates as numbers of days since 1970-01-01, local time by the proof's offsets.
"use strict";
(function (Q) {
  const DAY_S = 86400;
  const NAMES = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];

  // Howard Hinnant's algorithms, days_from_civil and civil_from_days.
  Q.dayFrom = function (year, month, day) {
    const y = month <= 2 ? year - 1 : year;
    const era = Math.floor(y / 400);
    const ofEra = y - era * 400;
    const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
    const dayOfEra = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
    return era * 146097 + dayOfEra - 719468;
  };

  Q.civil = function (number) {
    const z = number + 719468;
    const era = Math.floor(z / 146097);
    const d = z - era * 146097;
    const y = Math.floor((d - Math.floor(d / 1460) + Math.floor(d / 36524) - Math.floor(d / 146096)) / 365);
    const ofYear = d - (365 * y + Math.floor(y / 4) - Math.floor(y / 100));
    const m = Math.floor((5 * ofYear + 2) / 153);
    const month = m < 10 ? m + 3 : m - 9;
    const day = ofYear - Math.floor((153 * m + 2) / 5) + 1;
    return { year: y + era * 400 + (month <= 2 ? 1 : 0), month, day };
  };

  const two = (n) => String(n).padStart(2, "0");
  Q.dayOf = (text) => Q.dayFrom(...text.split("-").map(Number));
  Q.dayText = function (number) {
    const { year, month, day } = Q.civil(number);
    return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  };
  Q.monthText = (number) => Q.dayText(number).slice(0, 7);
  Q.weekday = (number) => NAMES[((number % 7) + 7) % 7];

  Q.instant = function (text) {
    const found = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})$/.exec(text);
    if (!found) throw new Error(`${text} is no time with offset`);
    const clock = Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] || 0);
    let offset = 0;
    if (found[5] !== "Z") {
      offset = Number(found[5].slice(1, 3)) * 3600 + Number(found[5].slice(4)) * 60;
      if (found[5][0] === "-") offset = -offset;
    }
    return Q.dayOf(found[1]) * DAY_S + clock - offset;
  };

  Q.clock = function (text) {
    const [hours, minutes] = text.split(":").map(Number);
    return hours * 3600 + minutes * 60;
  };

  // Easter Sunday (Meeus, Astronomical Algorithms, chapter 8).
  Q.easter = function (year) {
    const a = year % 19;
    const b = Math.floor(year / 100);
    const c = year % 100;
    const g = Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3);
    const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
    const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
    const m = Math.floor((a + 11 * h + 22 * l) / 451);
    const n = h + l - 7 * m + 114;
    return Q.dayFrom(year, Math.floor(n / 31), (n % 31) + 1);
  };

  Q.Zone = class {
    constructor(offsets) {
      this.offsets = offsets.map(([at, offset]) => ({ at, offset }));
      // Of local times that come twice the first (fold 0) or the second (fold 1); in a gap fold 0
      // counts on from before it.
      this.walls = [Math.max, Math.min].map((pick) =>
        this.offsets.map(({ at, offset }, i) => (i ? at + pick(offset, this.offsets[i - 1].offset) : -Infinity)),
      );
    }
    offset(time) {
      let i = this.offsets.length - 1;
      while (i > 0 && this.offsets[i].at > time) i--;
      return this.offsets[i].offset;
    }
    day(time) {
      return Math.floor((time + this.offset(time)) / DAY_S);
    }
    second(time) {
      return (((time + this.offset(time)) % DAY_S) + DAY_S) % DAY_S;
    }
    // The instant of so many seconds after midnight on the wall of a day.
    at(day, second = 0, fold = 0) {
      const wall = day * DAY_S + second;
      const walls = this.walls[fold];
      let i = walls.length - 1;
      while (walls[i] > wall) i--;
      return wall - this.offsets[i].offset;
    }
    dayStart(time) {
      return this.at(this.day(time));
    }
    text(time) {
      const offset = this.offset(time);
      const second = this.second(time);
      const sign = offset < 0 ? "-" : "+";
      const size = Math.abs(offset);
      const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}`;
      return `${Q.dayText(this.day(time))} ${clock}${second % 60 ? `:${two(second % 60)}` : ""} ${sign}${two(
        Math.floor(size / 3600),
      )}:${two(Math.floor(size / 60) % 60)}`;
    }
  };
  Q.DAY_S = DAY_S;
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
