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
    const lengths = bounds.slice(1).map((end, i) => daysOf(bounds[i], end, zone));
    const total = Q.fracSum(lengths);
    const segments = lengths.map((days, i) => {
      const [start, end] = [bounds[i], bounds[i + 1]];
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
    const plan = { tariff, edges, zone, segments, days: total, grids: {} };
    plan.grids[""] = { names: [""], index: edges.slice(1).map(() => 0) };
    const starts = edges.slice(0, -1);
    for (const charge of segments.flatMap((segment) => segment.terms.version.charges)) {
      if (["tiered", "demand", "net_metering"].includes(charge.kind) && charge.schedule) {
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
      Object.assign(this, { plan, point, energies, days: plan.days });
      this.share = billedShare(this);
      this.least = ZERO;
      this.extra = ZERO;
      this.offsets = {};
      this.within = 0n;
      this.spent = {};
      this.taxed = {};
      this.demand = Object.create(null);
    }
    // Of the energy used, what is billed in this cycle.
    shareOf(flow) {
      return this.share !== null && flow === "import" ? this.share : ONE;
    }
    offset() {
      return Object.values(this.offsets).reduce((a, b) => a + b, 0n);
    }
    grouped(flow, grid, segment) {
      const { segments, grids, tariff } = this.plan;
      const table = (part) => this.sums(flow, grids[grid], part.first, part.last);
      const share = this.shareOf(flow);
      if (tariff.change === "consumption" || segments.length === 1) {
        return table(segment).map((wh) => wh.mul(share));
      }
      const tables = segments.map(table);
      const part = segment.share.mul(share);
      return grids[grid].names.map((_, i) => Q.fracSum(tables.map((row) => row[i])).mul(part));
    }
    sums(flow, grid, first, last) {
      const totals = grid.names.map(() => 0n);
      for (let i = first; i < last; i++) totals[grid.index[i]] += this.energies[flow][i];
      return totals.map(whole);
    }
    measured(flow) {
      return this.energies[flow].reduce((a, b) => a + b, 0n);
    }
    total(flow) {
      return whole(this.measured(flow)).mul(this.shareOf(flow));
    }
    billed(flow, segment) {
      const extra = flow === "import" ? this.extra.mul(segment.share) : ZERO;
      return this.grouped(flow, "", segment)[0].add(extra);
    }
    isLast(segment) {
      return segment === this.plan.segments.at(-1);
    }
    // The number by which an attribute of the usage point multiplies limits.
    multiple(attribute) {
      const text = (attribute && this.point.attributes[attribute]) ?? "1";
      if (!attribute) return ONE;
      if (!/^[0-9]{1,9}$/.test(text) || Number(text) < 1 || Number(text) > 10000) {
        throw new Error(`attribute ${attribute} is '${text}', must be a whole number, 1-10000`);
      }
      return whole(Number(text));
    }
  }

  // Less of a cycle that is too long, more after one; null for all that was measured.
  function billedShare({ plan, point, energies }) {
    const measured = energies.import.reduce((a, b) => a + b, 0n);
    const carried = BigInt(point.carried_wh || 0);
    const most = whole(plan.tariff.mostDays);
    const isLong = plan.tariff.mostDays > 0 && plan.days.cmp(most) > 0;
    if (measured === 0n || !(isLong || carried)) return null;
    const share = Q.frac(measured + carried, measured);
    return isLong ? share.mul(most).div(plan.days) : share;
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
    const ofCycle = charge.per === "days" ? segment.days : segment.share;
    const limits = limitsOf(charge.steps, ofCycle.mul(cycle.multiple(charge.times)));
    if (charge.combine === "chronological") return inOrder(charge, limits, segment, grid, cycle);
    const energies = charge.schedule
      ? cycle.grouped(charge.flow, grid, segment)
      : [cycle.billed(charge.flow, segment)];
    return (charge.combine === "per_period" ? perPeriod : proportional)(limits, energies);
  }

  function inOrder(charge, limits, part, grid, cycle) {
    const { names, index } = cycle.plan.grids[grid];
    const energies = cycle.energies[charge.flow].slice(part.first, part.last);
    const share = cycle.shareOf(charge.flow);
    // Filling a share of the energy is filling all of it into limits that are as much wider.
    const wider = limits.map((limit) => (limit === null ? null : limit.div(share)));
    const table = chronological(wider, energies, index.slice(part.first, part.last), names.length);
    return table.map((row) => row.map((wh) => wh.mul(share)));
  }

  function filledByDay(charge, grid, segment, cycle) {
    const { plan } = cycle;
    const limits = limitsOf(charge.steps, cycle.multiple(charge.times));
    const share = cycle.shareOf(charge.flow);
    const names = plan.grids[grid].names;
    let result = limits.map(() => names.map(() => ZERO));
    for (const part of daysWithin(plan, segment)) {
      let found;
      if (charge.combine === "chronological") found = inOrder(charge, limits, part, grid, cycle);
      else {
        const sums = cycle.sums(charge.flow, plan.grids[grid], part.first, part.last);
        const energies = sums.map((wh) => wh.mul(share));
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
      const share = cycle.shareOf(charge.flow);
      const exact = Q.fracSum(priced).mul(share);
      const quantity = whole(used).mul(KWH).mul(share);
      const rate = quantity.isZero() ? ZERO : exact.div(quantity);
      yield { ...money(charge, exact), quantity, unit: "kWh", rate, isSum: true };
    },

    *surcharge(charge, segment, cycle) {
      const { plan } = cycle;
      const table = plan.tariff.tables[charge.table];
      const grid = plan.grids[`table ${charge.table}`];
      const free = charge.free.mul(THOUSAND).mul(cycle.multiple(charge.times));
      const less = free.add(whole(cycle.offset())).mul(segment.share);
      const paying = Q.fracMax(cycle.billed("import", segment).sub(less), ZERO).mul(KWH);
      const days = labelDays(plan, grid, segment);
      let weights = days;
      if (plan.tariff.change === "consumption") {
        const used = cycle.grouped("import", `table ${charge.table}`, segment);
        if (used.some((wh) => !wh.isZero())) weights = used;
      }
      const total = Q.fracSum(weights);
      for (const [i, weight] of weights.entries()) {
        const [label, price] = grid.names[i].split(" ");
        if (weight.isZero() || price === "0") continue;
        const entry = table.prices.find((each) => String(each.rates[label]) === price);
        const found = draft(charge, [label], paying.mul(weight).div(total), "kWh", entry.rates[label]);
        yield { ...found, days: days[i] };
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
      if (!cycle.isLast(segment) || cycle.days.cmp(whole(charge.leastDays)) < 0) return;
      const spent = Q.fracSum(charge.of.map((code) => cycle.spent[code] || ZERO));
      const least = charge.least === null ? charge.rate.mul(cycle.least).mul(KWH) : charge.least;
      const missing = least.sub(spent);
      if (missing.cmp(ZERO) > 0) yield money(charge, missing);
    },

    *discount(charge, segment, cycle) {
      const limits = limitsOf(charge.steps, segment.share.mul(cycle.multiple(charge.times)));
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
      // Credits are worth something once, also where two charges would take them.
      if (charge !== firstNet(segment.terms.version.charges, cycle.point)) return;
      const parts = { within: cycle.within, beyond: cycle.offset() - cycle.within };
      for (const credit of charge.credits) {
        for (const period of charge.order) {
          const wh = parts[credit.part] ?? cycle.offsets[period] ?? 0n;
          if (wh === 0n) continue;
          const quantity = whole(wh).mul(KWH).mul(segment.share);
          yield draft(credit, period ? [period] : [], quantity, "kWh", credit.rates[period].neg());
        }
      }
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
        // A cap takes all away, it gives nothing.
        amount = Q.fracMin(amount, Q.fracMax(kept, ZERO).mul(charge.capShare));
      }
      if (!amount.isZero()) yield money(charge, amount);
    },

    *minimum_energy() {},
  };

  const firstNet = (charges, point) =>
    charges.find((charge) => charge.kind === "net_metering" && Q.holds(charge, point)) || null;

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
    // Of the whole cycle where a change is priced by days.
    const isWhole = plan.tariff.change === "days";
    const [from, until] = isWhole ? [0, plan.edges.length - 1] : [segment.first, segment.last];
    let [window, sum, isWanted, peak] = [null, 0n, false, 0n];
    for (let i = from; i <= until; i++) {
      let now = null;
      if (i < until) {
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

  const shownQuantity = (value, rule) => Q.roundExact(value, 1000n % value.d === 0n ? 3 : 6, rule);

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
      quantity: shownQuantity(found.quantity, tariff.rule),
      unit: found.unit,
      rate_before_tax: before,
      rate: Q.roundExact(rate.div(kept), 8, tariff.rule),
      amount,
      formula,
      taxes: contained(tariff, layers, amount),
      act: segment.terms.version.act,
      days: found.days && !found.days.isZero() ? shownQuantity(found.days, tariff.rule) : Q.dec(0),
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
      days: Q.dec(0),
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
      days: Q.dec(0),
    };
  }

  // --- The bill ---------------------------------------------------------------------------------

  function minimumOf(cycle, minima) {
    const used = cycle.total("import").mul(KWH);
    const minimum = minima.find((each) => each.upTo === null || used.cmp(each.upTo) <= 0);
    return minimum && cycle.days.cmp(whole(minimum.leastDays)) >= 0 ? minimum : null;
  }

  function prepare(cycle) {
    const { plan, point } = cycle;
    const all = plan.segments.at(-1).terms.version.charges;
    const charges = all.filter((charge) => Q.holds(charge, point));
    const minimum = minimumOf(cycle, charges.filter((charge) => charge.kind === "minimum_energy"));
    if (minimum) {
      cycle.least = minimum.least.mul(THOUSAND);
      if (minimum.isBilled) cycle.extra = Q.fracMax(cycle.least.sub(cycle.total("import")), ZERO);
    }
    const net = firstNet(charges, point);
    return net ? compensate(cycle, net) : { credits: point.credits, lapsed: 0n };
  }

  // --- Net metering: what energy given to the grid takes off, now or in later cycles -------------

  function compensate(cycle, net) {
    const used = cycle.total("import");
    let keep = cycle.least;
    if (net.keep !== null) keep = net.keep.mul(THOUSAND).mul(cycle.multiple(net.times));
    const end = Q.dayText(cycle.plan.zone.day(cycle.plan.edges.at(-1)));
    let settled;
    if (net.schedule) settled = settleByPeriod(cycle, net, budgetOf(cycle, net, keep), end);
    else {
      const limit = offsetLimit(used, keep, ...worthOf(cycle, net));
      settled = settle(cycle.point.credits, cycle.measured("export"), limit, end, net);
    }
    cycle.offsets = settled.offsets;
    const above = Q.fracMax(used.sub(keep), ZERO).floor();
    const offset = cycle.offset();
    cycle.within = above < offset ? above : offset;
    return settled;
  }

  // The net metering of each segment with its share of the cycle; the last one's by default.
  function overTime(cycle, net) {
    return cycle.plan.segments.map((segment) => {
      const fits = (charge) =>
        charge.kind === "net_metering" && charge.schedule === net.schedule && Q.holds(charge, cycle.point);
      return [segment.share, segment.terms.version.charges.find(fits) || net];
    });
  }

  function worthOf(cycle, net) {
    if (net.keepValue === null) return [null, ZERO];
    let [value, worth] = [ZERO, ZERO];
    for (const [share, own] of overTime(cycle, net)) {
      value = value.add((own.keepValue || ZERO).mul(share));
      const credits = own.credits.filter((credit) => credit.part !== "beyond");
      const rates = credits.flatMap((credit) => Object.values(credit.rates)).map((rate) => rate.frac());
      worth = worth.add(Q.fracSum(rates).mul(share));
    }
    return [value, worth];
  }

  function byPeriod(cycle, net, flow) {
    const grid = `schedule ${net.schedule}`;
    const rows = cycle.plan.segments.map((segment) => cycle.grouped(flow, grid, segment));
    const names = cycle.plan.grids[grid].names;
    return Object.fromEntries(names.map((name, i) => [name, Q.fracSum(rows.map((row) => row[i])).floor()]));
  }

  // Room of a cycle with periods: what was used at its prices, less what is kept at its own.
  function budgetOf(cycle, net, keep) {
    const needs = byPeriod(cycle, net, "import");
    const worths = Object.fromEntries(net.order.map((period) => [period, ONE]));
    if (net.keepValue === null) {
      const used = Object.values(needs).reduce((a, b) => a + b, 0n);
      return { room: whole(used).sub(keep).mul(KWH), worths, needs };
    }
    let room = ZERO;
    for (const period of net.order) worths[period] = ZERO;
    for (const [share, own] of overTime(cycle, net)) {
      room = room.sub((own.keepValue || ZERO).mul(keep).mul(share));
      for (const [period, wh] of Object.entries(needs)) {
        room = room.add((own.values[period] || ZERO).mul(whole(wh)).mul(share));
      }
      for (const credit of own.credits) {
        for (const [period, rate] of Object.entries(credit.rates)) {
          worths[period] = worths[period].add(rate.frac().mul(share));
        }
      }
    }
    return { room: room.mul(KWH), worths, needs };
  }

  const least = (...all) => all.reduce((a, b) => (a < b ? a : b));

  function takeOff(budget, period, offered) {
    const worth = budget.worths[period];
    let taken = least(offered, budget.needs[period]);
    if (worth.cmp(ZERO) > 0) {
      const room = budget.room.mul(THOUSAND).div(worth);
      taken = least(taken, room.cmp(ZERO) > 0 ? room.floor() : 0n);
    }
    budget.room = budget.room.sub(worth.mul(whole(taken)).mul(KWH));
    budget.needs[period] -= taken;
    return taken;
  }

  function settleByPeriod(cycle, net, budget, end) {
    const given = byPeriod(cycle, net, "export");
    const { valid, lapsed } = validCredits(cycle.point.credits, end, net.expiry);
    const stock = valid.map((credit) => ({
      ...credit,
      period: credit.period in net.exchange ? credit.period : net.other,
    }));
    for (const period of net.order) stock.push({ born: end, energy_wh: given[period] ?? 0n, period });
    const offsets = Object.fromEntries(net.order.map((period) => [period, 0n]));
    const own = stock.map((lot) => [lot, lot.period]);
    const others = stock.flatMap((lot) => net.order.filter((p) => p !== lot.period).map((p) => [lot, p]));
    for (const [lot, period] of [...own, ...others]) {
      const ratio = net.exchange[lot.period].div(net.exchange[period]);
      const taken = takeOff(budget, period, whole(lot.energy_wh).mul(ratio).floor());
      lot.energy_wh -= whole(taken).div(ratio).ceil();
      offsets[period] += taken;
    }
    return { offsets, credits: stock.filter((lot) => lot.energy_wh).map(creditRecord), lapsed };
  }

  function offsetLimit(used, keep, value, worth) {
    let room = used.sub(keep);
    if (value !== null) room = worth.cmp(ZERO) > 0 ? room.mul(value).div(worth) : ZERO;
    return room.cmp(ZERO) > 0 ? Q.fracMax(Q.fracMin(room, used), ZERO).floor() : 0n;
  }

  function validCredits(bank, end, expiry) {
    const sorted = [...bank].sort((a, b) => (a.born < b.born ? -1 : a.born > b.born ? 1 : 0));
    const all = sorted.map((credit) => ({
      born: credit.born,
      energy_wh: BigInt(credit.energy_wh),
      period: credit.period || "",
    }));
    const valid = all.filter((credit) => !hasLapsed(credit, end, expiry));
    return { valid, lapsed: sumOf(all) - sumOf(valid) };
  }

  const sumOf = (credits) => credits.reduce((total, credit) => total + credit.energy_wh, 0n);

  function creditRecord({ born, energy_wh, period }) {
    return period ? { born, energy_wh, period } : { born, energy_wh };
  }

  function settle(bank, given, limit, end, net) {
    const { valid, lapsed } = validCredits(bank, end, net.expiry);
    valid.push({ born: end, energy_wh: given, period: "" });
    let offset = least(limit, sumOf(valid));
    if (offset < 0n) offset = 0n;
    if (net.isWhole) offset -= offset % 1000n;
    const credits = [];
    let rest = offset;
    for (const credit of valid) {
      const taken = least(rest, credit.energy_wh);
      rest -= taken;
      if (credit.energy_wh > taken) {
        credits.push(creditRecord({ ...credit, energy_wh: credit.energy_wh - taken }));
      }
    }
    return { offsets: { "": offset }, credits, lapsed };
  }

  // What is billed later, and the words for it.
  function deferral(cycle) {
    const carried = BigInt(cycle.point.carried_wh || 0);
    if (cycle.share === null) return [carried, []];
    const { mostDays, rule } = cycle.plan.tariff;
    const measured = cycle.measured("import");
    const billed = cycle.total("import");
    const later = Q.roundExact(whole(measured + carried).sub(billed), 0, rule).signed();
    const kwh = (wh) => `${Q.Dec.scaled(wh, -3).short()} kWh`;
    const sums = [carried ? `(${kwh(measured)} + ${kwh(carried)})` : kwh(measured)];
    if (mostDays > 0 && cycle.days.cmp(whole(mostDays)) > 0) sums.push(`${mostDays} ÷ ${exactText(cycle.days)}`);
    const formula = `${sums.join(" × ")} = ${exactText(billed.mul(KWH))} kWh`;
    const [pt, left] = [formula, kwh(later)].map((words) => words.replaceAll(".", ","));
    const words = {
      en: `Energy billed in this cycle: ${formula}. Left for the next: ${kwh(later)}.`,
      pt: `Energia faturada neste ciclo: ${pt}. Para o próximo ficam ${left}.`,
    };
    return [later, [words]];
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
    for (const code of taxes ? taxes.onTop.filter((each) => bases.has(each)) : []) {
      const [line, unrounded] = onTop(tariff, code, taxes.rates[code], bases.get(code), segment);
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
      const taxes = table && Q.taxesFor(table, point, used.mul(KWH), cycle.days);
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
    const [later, words] = deferral(cycle);
    const notes = [...plan.segments.map((segment) => segment.terms.taxes?.note).filter(Boolean), ...words];
    return asTexts({
      tariff_code: tariff.code,
      tariff_name: tariff.name,
      currency: tariff.currency,
      start_s: edges[0],
      end_s: edges.at(-1),
      energy_wh: cycle.measured("import"),
      export_wh: cycle.measured("export"),
      lines,
      taxes,
      net: total.sub(taxes.reduce((sum, tax) => sum.add(tax.amount), zero)),
      total,
      total_unrounded: Q.roundExact(exact, 6, tariff.rule),
      notes: notes.filter((note, i) => notes.findIndex((n) => Q.canonical(n) === Q.canonical(note)) === i),
      credits: settled.credits,
      lapsed_wh: settled.lapsed,
      demand_w: cycle.demand,
      ...(later ? { deferred_wh: later } : {}),
    });
  };

  function asTexts(value) {
    if (value instanceof Q.Dec) return String(value);
    if (Array.isArray(value)) return value.map(asTexts);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asTexts(inner)]));
  }
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
