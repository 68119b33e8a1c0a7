// From energy to the bill: what each charge comes to, in exact fractions, and each line rounded once.
"use strict";
(function (Q) {
  const { ZERO, ONE } = Q;
  const KWH = Q.frac(1, 1000);
  const THOUSAND = Q.frac(1000);
  const whole = (n) => Q.frac(n);

  // The tariff laid over the intervals: segments with the same terms, groups of intervals.
  function makePlan(tariff, edges, zone) {
    const cycle = [edges[0], edges.at(-1)];
    const bounds = Q.segmentEdges(tariff, cycle, zone);
    const total = daysOf(cycle[0], cycle[1], zone);
    const segments = bounds.slice(1).map((end, i) => {
      const start = bounds[i];
      const days = daysOf(start, end, zone);
      return {
        start,
        end,
        first: edges.indexOf(start),
        last: edges.indexOf(end),
        terms: Q.termsOn(tariff, zone.day(start)),
        days,
        share: days.div(total),
      };
    });
    const plan = { tariff, edges, zone, segments, grids: {} };
    plan.grids[""] = { names: [""], index: edges.slice(1).map(() => 0) };
    const starts = edges.slice(0, -1);
    for (const charge of segments.flatMap((segment) => segment.terms.version.charges)) {
      if (["tiered", "demand"].includes(charge.kind) && charge.schedule) {
        const schedule = tariff.schedules[charge.schedule];
        const key = `schedule ${charge.schedule}`;
        plan.grids[key] ??= { names: schedule.periods, index: Q.periodsAt(schedule, starts, zone) };
      } else if (charge.kind === "surcharge") {
        plan.grids[`table ${charge.table}`] ??= tableGrid(tariff, charge.table, starts, zone);
      }
    }
    return plan;
  }

  function daysOf(start, end, zone) {
    const [first, last] = [zone.day(start), zone.day(end)];
    const isWhole = zone.at(first) === start && zone.at(last) === end;
    return isWhole ? whole(last - first) : Q.frac(end - start, Q.DAY_S);
  }

  function tableGrid(tariff, name, starts, zone) {
    const labels = starts.map((start) => {
      const { label, price } = Q.labelAt(tariff.tables[name], zone.day(start), name);
      return `${label} ${price && !price.isZero() ? price : 0}`;
    });
    const names = [...new Set(labels)];
    return { names, index: labels.map((label) => names.indexOf(label)) };
  }

  class Cycle {
    constructor(plan, point, energies) {
      Object.assign(this, { plan, point, energies });
      this.extra = ZERO;
      this.offset = ZERO;
      this.spent = {};
      this.taxed = {};
      this.demand = Object.create(null);
    }
    grouped(flow, grid, segment) {
      const { segments, grids, tariff } = this.plan;
      const table = (part) => this.sums(flow, grids[grid], part.first, part.last);
      if (tariff.change === "consumption" || segments.length === 1) return table(segment);
      const tables = segments.map(table);
      return grids[grid].names.map((_, i) => Q.fracSum(tables.map((row) => row[i])).mul(segment.share));
    }
    sums(flow, grid, first, last) {
      const totals = grid.names.map(() => 0n);
      for (let i = first; i < last; i++) totals[grid.index[i]] += this.energies[flow][i];
      return totals.map(whole);
    }
    total(flow) {
      return whole(this.energies[flow].reduce((a, b) => a + b, 0n));
    }
    billed(flow, segment) {
      const extra = flow === "import" ? this.extra.mul(segment.share) : ZERO;
      return this.grouped(flow, "", segment)[0].add(extra);
    }
    isLast(segment) {
      return segment === this.plan.segments.at(-1);
    }
    days() {
      return Q.fracSum(this.plan.segments.map((segment) => segment.days));
    }
  }

  // --- Tiers -----------------------------------------------------------------------------------

  const limitsOf = (steps, factor) =>
    steps.map((step) => (step.limit === null ? null : step.limit.mul(THOUSAND).mul(factor)));

  const between = (wh, lower, upper) =>
    Q.fracMax((upper === null ? wh : Q.fracMin(wh, upper)).sub(lower), ZERO);

  const perPeriod = (limits, energies) =>
    limits.map((upper, i) => energies.map((wh) => between(wh, i ? limits[i - 1] : ZERO, upper)));

  function proportional(limits, energies) {
    const total = Q.fracSum(energies);
    const filled = perPeriod(limits, [total]);
    return filled.map(([tier]) =>
      energies.map((wh) => (total.isZero() ? ZERO : tier.mul(wh).div(total))),
    );
  }

  function chronological(limits, energies, index, count) {
    const table = limits.map(() => Array(count).fill(0n));
    const bounds = limits.map((limit) => (limit === null ? null : limit.floor()));
    let before = 0n;
    energies.forEach((wh, i) => {
      const after = before + wh;
      bounds.forEach((upper, tier) => {
        const low = tier ? bounds[tier - 1] : 0n;
        const clip = (n) => (n < low ? low : upper !== null && n > upper ? upper : n);
        table[tier][index[i]] += clip(after) - clip(before);
      });
      before = after;
    });
    return table.map((row) => row.map(whole));
  }

  const tierOf = (steps, kwh) => steps.find((step) => step.limit === null || kwh.cmp(step.limit) <= 0);

  function filled(charge, grid, segment, cycle) {
    if (charge.per === "day") return filledByDay(charge, grid, segment, cycle);
    const limits = limitsOf(charge.steps, charge.per === "days" ? segment.days : segment.share);
    if (charge.combine === "chronological") return inOrder(charge, limits, segment, grid, cycle);
    const energies = charge.schedule
      ? cycle.grouped(charge.flow, grid, segment)
      : [cycle.billed(charge.flow, segment)];
    return (charge.combine === "per_period" ? perPeriod : proportional)(limits, energies);
  }

  function inOrder(charge, limits, part, grid, cycle) {
    const { names, index } = cycle.plan.grids[grid];
    const energies = cycle.energies[charge.flow].slice(part.first, part.last);
    return chronological(limits, energies, index.slice(part.first, part.last), names.length);
  }

  function filledByDay(charge, grid, segment, cycle) {
    const { plan } = cycle;
    const limits = limitsOf(charge.steps, ONE);
    const names = plan.grids[grid].names;
    let result = limits.map(() => names.map(() => ZERO));
    for (const part of daysWithin(plan, segment)) {
      let found;
      if (charge.combine === "chronological") found = inOrder(charge, limits, part, grid, cycle);
      else {
        const energies = cycle.sums(charge.flow, plan.grids[grid], part.first, part.last);
        found = (charge.combine === "per_period" ? perPeriod : proportional)(limits, energies);
      }
      result = result.map((row, i) => row.map((wh, j) => wh.add(found[i][j])));
    }
    return result;
  }

  function daysWithin(plan, segment) {
    const parts = [];
    for (let i = segment.first; i < segment.last; i++) {
      const day = plan.zone.day(plan.edges[i]);
      if (parts.length && parts.at(-1).day === day) parts.at(-1).last = i + 1;
      else parts.push({ day, first: i, last: i + 1 });
    }
    return parts;
  }

  // --- Charges: each gives drafts of lines ------------------------------------------------------

  const draft = (charge, parts, quantity, unit, rate) => ({
    code: charge.code,
    parts,
    quantity,
    unit,
    rate,
    taxes: charge.taxes,
    exact: quantity.mul(rate.frac()),
    isSum: false,
  });

  const money = (charge, exact) => ({
    code: charge.code,
    parts: [],
    quantity: ONE,
    unit: "",
    rate: exact,
    taxes: charge.taxes,
    exact,
    isSum: false,
  });

  const PRICES = {
    *energy(charge, segment, cycle) {
      yield draft(charge, [], cycle.billed(charge.flow, segment).mul(KWH), "kWh", charge.rate);
    },

    *tiered(charge, segment, cycle) {
      const grid = charge.schedule ? `schedule ${charge.schedule}` : "";
      const { names } = cycle.plan.grids[grid];
      for (const [number, row] of filled(charge, grid, segment, cycle).entries()) {
        for (const [i, wh] of row.entries()) {
          if (number && wh.isZero()) continue;
          const parts = names[i] ? [names[i]] : [];
          if (charge.steps.length > 1) parts.push(`tier${number + 1}`);
          yield draft(charge, parts, wh.mul(KWH), "kWh", charge.steps[number].rates[names[i]]);
        }
      }
    },

    *series(charge, segment, cycle) {
      const { plan } = cycle;
      const sums = new Map();
      let used = 0n;
      for (let i = segment.first; i < segment.last; i++) {
        const wh = cycle.energies[charge.flow][i];
        const price = Q.priceAt(plan.tariff.series[charge.series], plan.edges[i], charge.series);
        sums.set(price, (sums.get(price) || 0n) + wh);
        used += wh;
      }
      const priced = [...sums].map(([price, wh]) =>
        whole(wh).mul(KWH).mul(price.mul(charge.factor).add(charge.adder).frac()),
      );
      const exact = Q.fracSum(priced);
      const quantity = whole(used).mul(KWH);
      const rate = quantity.isZero() ? ZERO : exact.div(quantity);
      yield { ...money(charge, exact), quantity, unit: "kWh", rate, isSum: true };
    },

    *surcharge(charge, segment, cycle) {
      const { plan } = cycle;
      const table = plan.tariff.tables[charge.table];
      const grid = plan.grids[`table ${charge.table}`];
      const less = charge.free.mul(THOUSAND).add(cycle.offset).mul(segment.share);
      const paying = Q.fracMax(cycle.billed("import", segment).sub(less), ZERO).mul(KWH);
      let weights = labelDays(plan, grid, segment);
      if (plan.tariff.change === "consumption") {
        const used = cycle.grouped("import", `table ${charge.table}`, segment);
        if (used.some((wh) => !wh.isZero())) weights = used;
      }
      const total = Q.fracSum(weights);
      for (const [i, weight] of weights.entries()) {
        const [label, price] = grid.names[i].split(" ");
        if (weight.isZero() || price === "0") continue;
        const entry = table.prices.find((each) => String(each.rates[label]) === price);
        yield draft(charge, [label], paying.mul(weight).div(total), "kWh", entry.rates[label]);
      }
    },

    *demand(charge, segment, cycle) {
      const measured = whole(peakWh(charge, segment, cycle)).mul(Q.frac(3600, charge.window));
      const up = measured.ceil();
      const before = cycle.demand[charge.code] ?? 0n;
      cycle.demand[charge.code] = up > before ? up : before;
      const past = (cycle.point.past_demand_w[charge.code] || []).slice(0, charge.lookBack);
      const pastW = past.map((w) => whole(w)).reduce((a, b) => Q.fracMax(a, b), ZERO);
      const power = Q.fracMax(measured.mul(KWH), pastW.mul(KWH).mul(charge.share), charge.least);
      yield draft(charge, [], power.mul(segment.share), "kW", charge.rate);
    },

    *fixed(charge, segment, cycle) {
      if (charge.per === "day") yield draft(charge, [], segment.days, "d", charge.rate);
      else if (charge.per === "kw") {
        const power = Q.dec(cycle.point.contracted_kw).frac().mul(segment.share);
        yield draft(charge, [], power, "kW", charge.rate);
      } else yield draft(charge, [], segment.share, "month", charge.rate);
    },

    *minimum(charge, segment, cycle) {
      if (!cycle.isLast(segment) || cycle.days().cmp(whole(charge.leastDays)) < 0) return;
      const spent = Q.fracSum(charge.of.map((code) => cycle.spent[code] || ZERO));
      const missing = charge.least.sub(spent);
      if (missing.cmp(ZERO) > 0) yield money(charge, missing);
    },

    *discount(charge, segment, cycle) {
      const limits = limitsOf(charge.steps, segment.share);
      const tiers = perPeriod(limits, [cycle.billed("import", segment)]);
      for (const of of segment.terms.version.charges) {
        if (!charge.of.includes(of.code) || of.kind !== "energy" || !Q.holds(of, cycle.point)) continue;
        for (const [number, [wh]] of tiers.entries()) {
          const share = charge.steps[number].rates[""];
          if (wh.isZero() || share.isZero()) continue;
          const parts = charge.steps.length > 1 ? [of.code, `tier${number + 1}`] : [of.code];
          yield draft(charge, parts, wh.mul(KWH), "kWh", of.rate.neg().mul(share));
        }
      }
    },

    *net_metering(charge, segment, cycle) {
      if (cycle.offset.isZero()) return;
      const quantity = cycle.offset.mul(KWH).mul(segment.share);
      for (const credit of charge.credits) yield draft(credit, [], quantity, "kWh", credit.rate.neg());
    },

    *contribution(charge, segment, cycle) {
      if (!cycle.isLast(segment)) return;
      const step = tierOf(charge.steps, cycle.total("import").mul(KWH));
      if (!step) return;
      let amount = step.rates[""].frac().mul(charge.reference);
      if (charge.capShare !== null) {
        const taxed = (key) => cycle.taxed[key] || ZERO;
        const less = charge.capOf.flatMap((code) => charge.capWithout.map((tax) => taxed(`${code} ${tax}`)));
        const kept = Q.fracSum(charge.capOf.map(taxed)).sub(Q.fracSum(less));
        amount = Q.fracMin(amount, kept.mul(charge.capShare));
      }
      if (!amount.isZero()) yield money(charge, amount);
    },

    *minimum_energy() {},
  };

  function labelDays(plan, grid, segment) {
    const seconds = grid.names.map(() => 0);
    for (let i = segment.first; i < segment.last; i++) {
      seconds[grid.index[i]] += plan.edges[i + 1] - plan.edges[i];
    }
    return seconds.map((s) => Q.frac(s, Q.DAY_S));
  }

  function peakWh(charge, segment, cycle) {
    const { plan } = cycle;
    const grid = charge.schedule && charge.periods.length ? plan.grids[`schedule ${charge.schedule}`] : null;
    let [window, sum, isWanted, peak] = [null, 0n, false, 0n];
    for (let i = segment.first; i <= segment.last; i++) {
      let now = null;
      if (i < segment.last) {
        const day = plan.zone.dayStart(plan.edges[i]);
        now = Math.floor((plan.edges[i] - day) / charge.window) * charge.window + day;
      }
      if (now !== window) {
        if (isWanted && sum > peak) peak = sum;
        if (now === null) break;
        [window, sum] = [now, 0n];
        isWanted = !grid || charge.periods.includes(grid.names[grid.index[i]]);
      }
      sum += cycle.energies.import[i];
    }
    return peak;
  }

  // --- Lines ------------------------------------------------------------------------------------

  const minus = (text) => (text.startsWith("-") ? `(−${text.slice(1)})` : text);
  const amountText = (amount) => amount.fixed().replace("-", "−");

  function exactText(value) {
    const scaled = value.mul(Q.frac(10n ** 12n));
    if (scaled.d === 1n) return minus(Q.Dec.scaled(scaled.n, -12).short());
    return `${minus(String(value.n))}/${value.d}`;
  }

  function taxText(layers) {
    const shares = layers.map((layer) => `(1${layer.map(([, rate]) => ` − ${rate.short()}`).join("")})`);
    if (shares.length > 1) return ` ÷ (${shares.join(" × ")})`;
    return shares.length ? ` ÷ ${shares[0]}` : "";
  }

  function amountFormula(quantity, rate, taxes, amount) {
    return `${quantity ? `${quantity} × ` : ""}${minus(rate.short())}${taxes} = ${amountText(amount)}`;
  }

  function layersOf(codes, taxes) {
    if (!taxes) return [];
    const layers = taxes.layers.map((layer) =>
      layer.filter((code) => codes === null || codes.includes(code)).map((code) => [code, taxes.rates[code]]),
    );
    return layers.filter((layer) => layer.length);
  }

  function containedTax(tariff, code, rate, base) {
    const amount = base.mul(rate).quantize(tariff.places, tariff.rule);
    return {
      code,
      name: tariff.names[code],
      rate,
      base,
      amount,
      formula: `${amountText(base)} × ${rate.short()} = ${amountText(amount)}`,
    };
  }

  function contained(tariff, layers, amount) {
    const found = [];
    let base = amount;
    for (const layer of layers) {
      const taxes = layer.map(([code, rate]) => containedTax(tariff, code, rate, base));
      found.push(...taxes);
      base = base.sub(taxes.reduce((sum, tax) => sum.add(tax.amount), Q.dec(0)));
    }
    return found;
  }

  function nameOf(tariff, codes) {
    if (codes.length === 1) return tariff.names[codes[0]];
    const words = codes.map((code) => {
      const number = code.replace(/^tier/, "");
      return tariff.names[code] || { pt: `faixa ${number}`, en: `tier ${number}` };
    });
    return { en: words.map((word) => word.en).join(" · "), pt: words.map((word) => word.pt).join(" · ") };
  }

  function lineOf(tariff, found, segment, taxes) {
    const layers = layersOf(found.taxes, taxes);
    const shares = layers.map((layer) => ONE.sub(Q.fracSum(layer.map(([, rate]) => rate.frac()))));
    const kept = shares.reduce((a, b) => a.mul(b), ONE);
    const exact = found.exact.div(kept);
    const isDecimal = found.rate instanceof Q.Dec;
    const rate = isDecimal ? found.rate.frac() : found.rate;
    const before = isDecimal ? found.rate : Q.roundExact(found.rate, 8, tariff.rule);
    const amount = Q.roundExact(exact, tariff.places, tariff.rule);
    const words = taxText(layers);
    let formula;
    if (found.isSum) {
      const unrounded = Q.roundExact(found.exact, 8, tariff.rule);
      const count = segment.last - segment.first;
      formula = `Σ ${count} × (kWh × price) = ${amountFormula("", unrounded, words, amount)}`;
    } else {
      const quantity = found.unit ? `${exactText(found.quantity)} ${found.unit}` : "";
      formula = amountFormula(quantity, before, words, amount);
    }
    const codes = [found.code, ...found.parts];
    const line = {
      code: codes.join("."),
      name: nameOf(tariff, codes),
      start_s: segment.start,
      end_s: segment.end,
      quantity: Q.roundExact(found.quantity, 1000n % found.quantity.d === 0n ? 3 : 6, tariff.rule),
      unit: found.unit,
      rate_before_tax: before,
      rate: Q.roundExact(rate.div(kept), 8, tariff.rule),
      amount,
      formula,
      taxes: contained(tariff, layers, amount),
      act: segment.terms.version.act,
    };
    return [line, exact];
  }

  function onTop(tariff, code, rate, [base, exact], segment) {
    const tax = containedTax(tariff, code, rate, base);
    const line = {
      code,
      name: tax.name,
      start_s: segment.start,
      end_s: segment.end,
      quantity: base,
      unit: tariff.currency,
      rate_before_tax: rate,
      rate,
      amount: tax.amount,
      formula: tax.formula,
      taxes: [tax],
      act: segment.terms.version.act,
    };
    return [line, exact.mul(rate.frac())];
  }

  function itemLine(tariff, item, segment) {
    const given = Q.dec(item.amount);
    const amount = Q.roundExact(given.frac(), tariff.places, tariff.rule);
    return {
      code: item.code,
      name: item.name,
      start_s: segment.start,
      end_s: segment.end,
      quantity: Q.dec(1),
      unit: "",
      rate_before_tax: given,
      rate: given,
      amount,
      formula: amountFormula("", given, "", amount),
      taxes: [],
      act: "",
    };
  }

  // --- The bill ---------------------------------------------------------------------------------

  function leastWh(cycle, minima) {
    const used = cycle.total("import").mul(KWH);
    const minimum = minima.find((each) => each.upTo === null || used.cmp(each.upTo) <= 0);
    if (!minimum || cycle.days().cmp(whole(minimum.leastDays)) < 0) return ZERO;
    return minimum.least.mul(THOUSAND);
  }

  function prepare(cycle) {
    const { plan, point } = cycle;
    const all = plan.segments.at(-1).terms.version.charges;
    const charges = all.filter((charge) => Q.holds(charge, point));
    const least = leastWh(cycle, charges.filter((charge) => charge.kind === "minimum_energy"));
    const used = cycle.total("import");
    cycle.extra = Q.fracMax(least.sub(used), ZERO);
    const net = charges.find((charge) => charge.kind === "net_metering");
    if (!net) return { credits: point.credits, lapsed: 0n };
    const keep = net.keep === null ? least : net.keep.mul(THOUSAND);
    const limit = offsetLimit(used, keep, ...worthOf(cycle, net));
    const settled = settle(point.credits, cycle.total("export").n, limit, plan.zone.day(plan.edges.at(-1)), net);
    cycle.offset = whole(settled.offset);
    return settled;
  }

  function worthOf(cycle, net) {
    if (net.keepValue === null) return [null, ZERO];
    let [value, worth] = [ZERO, ZERO];
    for (const segment of cycle.plan.segments) {
      const own =
        segment.terms.version.charges.find(
          (charge) => charge.kind === "net_metering" && Q.holds(charge, cycle.point),
        ) || net;
      value = value.add((own.keepValue || ZERO).mul(segment.share));
      worth = worth.add(Q.fracSum(own.credits.map((credit) => credit.rate.frac())).mul(segment.share));
    }
    return [value, worth];
  }

  function offsetLimit(used, keep, value, worth) {
    let room = used.sub(keep);
    if (value !== null) room = worth.cmp(ZERO) > 0 ? room.mul(value).div(worth) : ZERO;
    if (room.cmp(ZERO) <= 0) return 0n;
    const whole = room.floor();
    return whole < used.n ? whole : used.n;
  }

  function settle(bank, given, limit, endDay, net) {
    const sorted = [...bank].sort((a, b) => (a.born < b.born ? -1 : a.born > b.born ? 1 : 0));
    const end = Q.dayText(endDay);
    const valid = sorted
      .filter((credit) => !hasLapsed(credit, end, net.expiry))
      .map((credit) => ({ born: credit.born, energy_wh: BigInt(credit.energy_wh) }));
    const sum = (credits) => credits.reduce((total, credit) => total + BigInt(credit.energy_wh), 0n);
    const lapsed = sum(sorted) - sum(valid);
    valid.push({ born: end, energy_wh: given });
    let offset = limit < sum(valid) ? limit : sum(valid);
    if (offset < 0n) offset = 0n;
    if (net.isWhole) offset -= offset % 1000n;
    const credits = [];
    let rest = offset;
    for (const credit of valid) {
      const taken = rest < credit.energy_wh ? rest : credit.energy_wh;
      rest -= taken;
      if (credit.energy_wh > taken) credits.push({ born: credit.born, energy_wh: credit.energy_wh - taken });
    }
    return { offset, credits, lapsed };
  }

  function hasLapsed(credit, end, months) {
    if (!months) return false;
    const [year, month, day] = credit.born.split("-").map(Number);
    const count = year * 12 + month - 1 + months;
    const key = (y, m, d) => (y * 13 + m) * 32 + d;
    return key(Math.floor(count / 12), (count % 12) + 1, day) < key(...end.split("-").map(Number));
  }

  function recalledBy(plan) {
    const charges = plan.segments.flatMap((segment) => segment.terms.version.charges);
    return new Set(charges.flatMap((c) => (c.kind === "minimum" ? c.of : c.capOf || [])));
  }

  function remember(cycle, codes, exact, line) {
    const add = (table, key, value) => (table[key] = (table[key] || ZERO).add(value));
    for (const code of new Set(codes)) {
      if (!cycle.recalled.has(code)) continue;
      add(cycle.spent, code, exact);
      add(cycle.taxed, code, line.amount.frac());
      for (const tax of line.taxes) add(cycle.taxed, `${code} ${tax.code}`, tax.amount.frac());
    }
  }

  function priceSegment(segment, cycle, taxes) {
    const { tariff } = cycle.plan;
    const lines = [];
    const bases = new Map();
    let exact = ZERO;
    for (const charge of segment.terms.version.charges) {
      if (!Q.holds(charge, cycle.point)) continue;
      for (const found of PRICES[charge.kind](charge, segment, cycle)) {
        const [line, unrounded] = lineOf(tariff, found, segment, taxes);
        lines.push(line);
        exact = exact.add(unrounded);
        remember(cycle, [charge.code, found.code], found.exact, line);
        for (const code of taxes ? taxes.onTop : []) {
          if (found.taxes !== null && !found.taxes.includes(code)) continue;
          const [base, sum] = bases.get(code) || [Q.dec(0), ZERO];
          bases.set(code, [base.add(line.amount), sum.add(unrounded)]);
        }
      }
    }
    for (const [code, base] of bases) {
      const [line, unrounded] = onTop(tariff, code, taxes.rates[code], base, segment);
      lines.push(line);
      exact = exact.add(unrounded);
    }
    return [lines, exact];
  }

  function sumTaxes(lines) {
    const sums = new Map();
    for (const tax of lines.flatMap((line) => line.taxes)) {
      const key = `${tax.code} ${tax.rate.frac().n}/${tax.rate.frac().d}`;
      const before = sums.get(key) || { base: Q.dec(0), amount: Q.dec(0) };
      sums.set(key, {
        code: tax.code,
        name: tax.name,
        rate: tax.rate,
        base: before.base.add(tax.base),
        amount: before.amount.add(tax.amount),
        formula: "",
      });
    }
    return [...sums.values()];
  }

  function checkServes(document, point) {
    for (const [key, values] of Object.entries(document.serves)) {
      const value = point.attributes[key];
      if (value !== undefined && !values.includes(value)) {
        throw new Error(`tariff ${document.code} has no prices for ${key} ${value}`);
      }
    }
  }

  // The bill as a record: the same texts as in the proof.
  Q.rate = function (tariff, edges, energies, zone, point) {
    const plan = makePlan(tariff, edges, zone);
    const cycle = new Cycle(plan, point, energies);
    cycle.recalled = recalledBy(plan);
    checkServes(tariff, point);
    const settled = prepare(cycle);
    const used = cycle.total("import");
    const lines = [];
    let exact = ZERO;
    for (const segment of plan.segments) {
      const table = segment.terms.taxes;
      const taxes = table && Q.taxesFor(table, point, used.mul(KWH));
      const [priced, unrounded] = priceSegment(segment, cycle, taxes);
      lines.push(...priced);
      exact = exact.add(unrounded);
    }
    for (const item of point.items) {
      lines.push(itemLine(tariff, item, plan.segments.at(-1)));
      exact = exact.add(Q.dec(item.amount).frac());
    }
    const zero = Q.Dec.scaled(0n, -tariff.places);
    const total = lines.reduce((sum, line) => sum.add(line.amount), zero);
    const taxes = sumTaxes(lines);
    const notes = plan.segments.map((segment) => segment.terms.taxes?.note).filter(Boolean);
    return asTexts({
      tariff_code: tariff.code,
      tariff_name: tariff.name,
      currency: tariff.currency,
      start_s: edges[0],
      end_s: edges.at(-1),
      energy_wh: used.n,
      export_wh: cycle.total("export").n,
      lines,
      taxes,
      net: total.sub(taxes.reduce((sum, tax) => sum.add(tax.amount), zero)),
      total,
      total_unrounded: Q.roundExact(exact, 6, tariff.rule),
      notes: notes.filter((note, i) => notes.findIndex((n) => Q.canonical(n) === Q.canonical(note)) === i),
      credits: settled.credits,
      lapsed_wh: settled.lapsed,
      demand_w: cycle.demand,
    });
  };

  function asTexts(value) {
    if (value instanceof Q.Dec) return String(value);
    if (Array.isArray(value)) return value.map(asTexts);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asTexts(inner)]));
  }
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
