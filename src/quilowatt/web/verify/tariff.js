// The tariff's document, read into what pricing asks for: versions, taxes, schedules, series, tables.
"use strict";
(function (Q) {
  const FIRST_DAY = Q.dayFrom(1, 1, 1);
  const LAST_DAY = Q.dayFrom(9999, 12, 31);
  const ALL_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"];
  const ALL_MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

  const day = (table, key, otherwise) => (key in table ? Q.dayOf(table[key]) : otherwise);
  const number = (table, key, otherwise) => Q.dec(key in table ? table[key] : otherwise);
  const monthDay = (text) => text.split("-").map(Number);

  Q.readTariff = function (document, holidays) {
    const byFirst = (a, b) => a.first - b.first;
    return {
      code: document.code,
      name: document.name,
      currency: document.currency,
      rule: document.rounding.rule,
      places: document.rounding.places,
      names: document.names || {},
      change: document.change || "consumption",
      serves: document.serves || {},
      versions: document.version.map(readVersion).sort(byFirst),
      taxes: (document.taxes || []).map(readTaxes).sort(byFirst),
      schedules: mapped(document.schedule, (table) => readSchedule(table, holidays)),
      series: mapped(document.series, readSeries),
      tables: mapped(document.table, readTable),
      mostDays: document.regime?.cycle_days?.most || 0,
    };
  };

  function mapped(section, read) {
    const entries = Object.entries(section || {});
    return Object.fromEntries(entries.map(([name, table]) => [name, read(table)]));
  }

  function readVersion(table) {
    return {
      first: Q.dayOf(table.from),
      last: day(table, "until", Infinity),
      act: table.act,
      charges: table.charges.map(readCharge),
    };
  }

  function readSteps(tiers, value) {
    return tiers.map((tier) => ({
      limit: "up_to_kwh" in tier ? Q.dec(tier.up_to_kwh).frac() : null,
      rates: value ? { "": Q.dec(tier[value]) } : mapped(tier.rates, Q.dec),
    }));
  }

  const READERS = {
    energy: (t) => ({ rate: Q.dec(t.rate_per_kwh) }),
    time_of_use: (t) => ({
      kind: "tiered",
      schedule: t.schedule,
      steps: [{ limit: null, rates: mapped(t.rates, Q.dec) }],
      per: "month",
      combine: "proportional",
    }),
    tiered: (t) => ({
      schedule: t.schedule || "",
      steps: readSteps(t.tiers, t.schedule ? "" : "rate_per_kwh"),
      per: t.per,
      combine: t.schedule ? t.combine : "proportional",
      times: t.times || "",
    }),
    series: (t) => ({
      series: t.series,
      factor: number(t, "factor", 1),
      adder: number(t, "adder_per_kwh", 0),
    }),
    surcharge: (t) => ({ table: t.table, free: number(t, "free_kwh", 0).frac(), times: t.times || "" }),
    demand: (t) => ({
      rate: Q.dec(t.rate_per_kw),
      window: t.window_minutes * 60,
      schedule: t.schedule || "",
      periods: t.periods || [],
      lookBack: t.look_back_cycles || 0,
      share: number(t, "look_back_share", 1).frac(),
      least: number(t, "least_kw", 0).frac(),
    }),
    fixed: (t) => ({ rate: Q.dec(t.rate), per: t.per }),
    minimum_energy: (t) => ({
      least: Q.dec(t.kwh).frac(),
      upTo: "up_to_kwh" in t ? Q.dec(t.up_to_kwh).frac() : null,
      leastDays: t.least_days || 0,
      isBilled: t.billed !== false,
    }),
    minimum: (t) => ({
      least: t.amount === "minimum_energy" ? null : Q.dec(t.amount).frac(),
      rate: t.amount === "minimum_energy" ? Q.dec(t.rate_per_kwh).frac() : Q.ZERO,
      of: t.of,
      leastDays: t.least_days || 0,
    }),
    discount: (t) => ({ of: t.of, steps: readSteps(t.tiers, "share"), times: t.times || "" }),
    net_metering: (t) => ({
      credits: t.credits.map((credit) => readCredit(credit, t.schedule)),
      times: t.times || "",
      schedule: t.schedule || "",
      exchange: t.schedule ? mapped(t.exchange, (each) => Q.dec(each).frac()) : {},
      order: t.schedule ? t.order : [""],
      values: t.schedule && t.values ? mapped(t.values, (each) => Q.dec(each).frac()) : {},
      other: t.other || "",
      keep: t.keep_kwh === "minimum" ? null : number(t, "keep_kwh", 0).frac(),
      keepValue: "keep_value_per_kwh" in t ? Q.dec(t.keep_value_per_kwh).frac() : null,
      isWhole: t.whole_kwh === true,
      expiry: t.expiry_months || 0,
    }),
    contribution: (t) => ({
      steps: readSteps(t.bands, "amount"),
      reference: number(t, "reference", 1).frac(),
      capShare: t.cap ? Q.dec(t.cap.share).frac() : null,
      capOf: t.cap ? t.cap.of : [],
      capWithout: (t.cap && t.cap.without) || [],
    }),
  };
  const UNTAXED = ["minimum_energy", "net_metering"];

  // What compensated energy takes off, less the shares of components that it still pays.
  function readCredit(table, schedule) {
    let rates;
    if (schedule) rates = mapped(table.rates, Q.dec);
    else {
      const charged = (table.less || []).reduce(
        (sum, less) => sum.add(Q.dec(less.rate_per_kwh).mul(Q.dec(less.share))),
        Q.dec(0),
      );
      rates = { "": Q.dec(table.rate_per_kwh).sub(charged) };
    }
    return { code: table.code, rates, taxes: table.taxes || null, part: (!schedule && table.part) || "all" };
  }

  function readCharge(table) {
    return {
      kind: table.kind,
      code: table.code,
      flow: table.flow || "import",
      taxes: UNTAXED.includes(table.kind) ? null : table.taxes || null,
      ...readCondition(table),
      ...READERS[table.kind](table),
    };
  }

  function readCondition(table) {
    return { when: Object.entries(table.when || {}), unless: Object.entries(table.unless || {}) };
  }

  Q.holds = function (condition, point) {
    const has = ([key, values]) => values.includes(point.attributes[key] ?? "");
    return condition.when.every(has) && !condition.unless.some(has);
  };

  function readTaxes(table) {
    const isOnlyOnTop = (table.on_top || []).length > 0 && !("inside" in table);
    return {
      first: Q.dayOf(table.from),
      layers: isOnlyOnTop ? [] : table.inside,
      rates: mapped(table.rates, Q.dec),
      note: table.note || null,
      onTop: table.on_top || [],
      special: (table.special || []).map((special) => ({
        code: special.code,
        rate: Q.dec(special.rate),
        ...readLimit(special),
        ...readCondition(special),
      })),
    };
  }

  function readLimit(special) {
    const isPerDay = "up_to_kwh_per_day" in special;
    const limit = special[isPerDay ? "up_to_kwh_per_day" : "up_to_kwh"];
    return { upTo: limit === undefined ? null : Q.dec(limit).frac(), isPerDay };
  }

  Q.taxesFor = function (table, point, energyKwh, days) {
    const rates = { ...table.rates };
    for (const special of [...table.special].reverse()) {
      const limit = special.upTo && (special.isPerDay ? special.upTo.mul(days) : special.upTo);
      const fits = limit === null || energyKwh.cmp(limit) <= 0;
      if (fits && Q.holds(special, point)) rates[special.code] = special.rate;
    }
    return { ...table, rates };
  };

  function readSchedule(table, holidays) {
    const windows = (table.windows || []).map((window) => ({
      period: window.period,
      start: Q.clock(window.from),
      end: Q.clock(window.to),
      days: window.days || ALL_DAYS,
      months: window.months || ALL_MONTHS,
      season: window.season ? window.season.map(monthDay) : null,
      first: day(window, "since", FIRST_DAY),
      last: day(window, "until", LAST_DAY),
    }));
    const names = [...windows.map((window) => window.period), table.default];
    return {
      fallback: table.default,
      windows,
      holidays: new Set((table.holidays && holidays[table.holidays]) || []),
      periods: [...new Set(names)],
    };
  }

  function windowsOn(schedule, number) {
    const kind = schedule.holidays.has(Q.dayText(number)) ? "holiday" : Q.weekday(number);
    const { month, day: ofMonth } = Q.civil(number);
    return schedule.windows.filter(
      (window) =>
        window.days.includes(kind) &&
        window.months.includes(month) &&
        window.first <= number &&
        number <= window.last &&
        (!window.season || isWithin(window.season, month, ofMonth)),
    );
  }

  function isWithin([[firstMonth, firstDay], [lastMonth, lastDay]], month, ofMonth) {
    const [first, last, now] = [firstMonth * 32 + firstDay, lastMonth * 32 + lastDay, month * 32 + ofMonth];
    return first <= last ? first <= now && now <= last : now >= first || now <= last;
  }

  // The index of each instant's period.
  Q.periodsAt = function (schedule, times, zone) {
    let last = null;
    let windows = [];
    return times.map((time) => {
      const number = zone.day(time);
      if (number !== last) [last, windows] = [number, windowsOn(schedule, number)];
      const second = zone.second(time);
      const fits = (w) => (w.start < w.end ? w.start <= second && second < w.end : second >= w.start || second < w.end);
      const found = windows.find(fits);
      return schedule.periods.indexOf(found ? found.period : schedule.fallback);
    });
  };

  function scheduleCuts(schedule, start, end, zone) {
    const edges = schedule.windows.flatMap((window) => [window.start, window.end]);
    const seconds = new Set([0, ...edges.map((second) => second % Q.DAY_S)]);
    const cuts = [];
    for (let number = zone.day(start); number <= zone.day(end); number++) {
      const [first, next] = [zone.at(number), zone.at(number + 1)];
      if (next - first !== Q.DAY_S) for (let at = first; at < next; at += 900) cuts.push(at);
      for (const second of seconds) {
        if (next - first === Q.DAY_S) cuts.push(first + second);
        // An hour that comes twice has each of them twice.
        else cuts.push(zone.at(number, second, 0), zone.at(number, second, 1));
      }
    }
    return cuts;
  }

  function readSeries(table) {
    const start = Q.instant(table.from);
    if (table.prices) {
      const step = table.step_minutes * 60;
      const starts = table.prices.map((_, i) => start + i * step);
      return { starts, end: start + table.prices.length * step, prices: table.prices.map(Q.dec) };
    }
    const end = Q.instant(table.until);
    const levels = mapped(table.levels, Q.dec);
    const prices = new Map([[start, levels[table.default]]]);
    const runs = (table.runs || []).map((text) => {
      const [from, minutes, level] = text.split(" ");
      const first = Q.instant(from);
      return [first, first + parseInt(minutes, 10) * 60, levels[level]];
    });
    for (const [first, last, price] of runs.sort((a, b) => a[0] - b[0])) {
      prices.set(first, price);
      if (last < end) prices.set(last, levels[table.default]);
    }
    const ordered = [...prices].sort((a, b) => a[0] - b[0]);
    return { starts: ordered.map(([at]) => at), end, prices: ordered.map(([, price]) => price) };
  }

  Q.priceAt = function (series, time, name) {
    if (!series.starts.length || time < series.starts[0] || time >= series.end) {
      throw new Error(`series ${name} has no price at ${time} s`);
    }
    let [low, high] = [0, series.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (series.starts[middle] <= time) low = middle;
      else high = middle;
    }
    return series.prices[low];
  };

  function readTable(table) {
    return {
      months: table.months,
      isCarriedOn: table.carry_on === true,
      prices: table.prices
        .map((entry) => ({ first: Q.dayOf(entry.from), rates: mapped(entry.rates, Q.dec) }))
        .sort((a, b) => a.first - b.first),
    };
  }

  // The label of a day, and what a kilowatt-hour costs under it; null if it is free.
  Q.labelAt = function (table, number, name) {
    let month = Q.monthText(number);
    const known = Object.keys(table.months).sort();
    if (table.isCarriedOn && known.length && month > known.at(-1)) month = known.at(-1);
    if (!(month in table.months)) throw new Error(`table ${name} says nothing about ${month}`);
    const past = table.prices.filter((entry) => entry.first <= number);
    const label = table.months[month];
    return { label, price: (past.length && past.at(-1).rates[label]) || null };
  };

  function changeDays(tariff) {
    const ends = tariff.versions.filter((version) => version.last !== Infinity);
    return [
      ...tariff.versions.map((version) => version.first),
      ...ends.map((version) => version.last + 1),
      ...tariff.taxes.map((table) => table.first),
    ];
  }

  function tableDays(tariff, start, end, zone) {
    const tables = Object.values(tariff.tables);
    if (!tables.length) return [];
    const days = tables.flatMap((table) => table.prices.map((entry) => entry.first));
    const { year, month } = Q.civil(zone.day(start));
    for (let count = year * 12 + month - 1; ; count++) {
      const first = Q.dayFrom(Math.floor(count / 12), (count % 12) + 1, 1);
      if (first > zone.day(end)) return days;
      days.push(first);
    }
  }

  function dayStarts(start, end, zone) {
    const starts = [zone.dayStart(start)];
    while (starts.at(-1) < end) starts.push(zone.at(zone.day(starts.at(-1)) + 1));
    return starts;
  }

  function chargeCuts(tariff, charge, [start, end], zone) {
    const cuts = [];
    const isTiered = charge.kind === "tiered";
    const isDemand = charge.kind === "demand";
    if ((isTiered || isDemand || charge.kind === "net_metering") && charge.schedule) {
      cuts.push(...scheduleCuts(tariff.schedules[charge.schedule], start, end, zone));
    }
    const days = (isTiered && charge.per === "day") || isDemand ? dayStarts(start, end, zone) : [];
    if (isTiered) cuts.push(...days);
    if (charge.kind === "series") {
      const series = tariff.series[charge.series];
      for (const at of series.starts) cuts.push(at);
      cuts.push(series.end);
    }
    if (isDemand) {
      for (let i = 0; i + 1 < days.length; i++) {
        for (let at = days[i]; at < days[i + 1]; at += charge.window) cuts.push(at);
      }
    }
    return cuts;
  }

  const rising = (times) => [...new Set(times)].sort((a, b) => a - b);

  // Instants between which the energy must be known, with both ends of the cycle.
  Q.tariffEdges = function (tariff, [start, end], zone) {
    const [first, last] = [zone.day(start), zone.day(end)];
    const days = [...changeDays(tariff), ...tableDays(tariff, start, end, zone)];
    const cuts = days.filter((number) => first <= number && number <= last).map((number) => zone.at(number));
    for (const version of tariff.versions) {
      if (version.first > last || version.last < first) continue;
      for (const charge of version.charges) {
        for (const cut of chargeCuts(tariff, charge, [start, end], zone)) cuts.push(cut);
      }
    }
    return [start, ...rising(cuts).filter((cut) => start < cut && cut < end), end];
  };

  Q.segmentEdges = function (tariff, [start, end], zone) {
    const [first, last] = [zone.day(start), zone.day(end)];
    const days = changeDays(tariff).filter((number) => first <= number && number <= last);
    const cuts = rising(days.map((number) => zone.at(number)));
    return [start, ...cuts.filter((cut) => start < cut && cut < end), end];
  };

  Q.termsOn = function (tariff, number) {
    const version = tariff.versions.find((each) => each.first <= number && number <= each.last);
    if (!version) throw new Error(`tariff ${tariff.code} has no version in force`);
    const past = tariff.taxes.filter((table) => table.first <= number);
    if (tariff.taxes.length && !past.length) throw new Error(`tariff ${tariff.code} has no taxes in force`);
    return { version, taxes: past.at(-1) || null };
  };

  // Dates of holidays by their rules, to compare with those that the proof lists.
  Q.holidayDates = function (calendars, first, last) {
    return mapped(calendars, (rules) => {
      const dates = [];
      for (let number = first; number <= last; number++) {
        if (rules.some((rule) => fallsOn(rule, number))) dates.push(Q.dayText(number));
      }
      return dates;
    });
  };

  function fallsOn(rule, number) {
    const { year, month, day: ofMonth } = Q.civil(number);
    if (year < (rule.from_year ?? 1) || year > (rule.until_year ?? 9999)) return false;
    if ("easter" in rule) return number === Q.easter(year) + rule.easter;
    const [wantedMonth, wantedDay] = monthDay(rule.date);
    return month === wantedMonth && ofMonth === wantedDay;
  }
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
