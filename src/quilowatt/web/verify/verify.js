// The steps of a verification, in their order: the first thing that differs is named and ends it.
"use strict";
(function (Q) {
  const both = (pt, en) => ({ pt, en });

  Q.STAGES = {
    document: both("documento e selo", "document and seal"),
    readings: both("leituras", "readings"),
    chain: both("cadeia das leituras", "chain of readings"),
    profile: both("energia", "energy"),
    tariff: both("tarifa e calendário", "tariff and calendar"),
    lines: both("itens da fatura", "lines of the bill"),
    taxes: both("tributos", "taxes"),
    total: both("total", "total"),
    record: both("registro da fatura", "record of the invoice"),
    seal: both("todas as partes seladas", "every part as sealed"),
  };

  const FIELDS = {
    act: both("ato", "act"),
    amount: both("valor", "amount"),
    base: both("base", "base"),
    code: both("código", "code"),
    credits: both("créditos de energia", "energy credits"),
    currency: both("moeda", "currency"),
    demand_w: both("demanda [W]", "demand [W]"),
    end_s: both("fim", "end"),
    energy_wh: both("energia consumida [Wh]", "energy used [Wh]"),
    estimated_wh: both("energia estimada [Wh]", "estimated energy [Wh]"),
    export: both("injeção", "export"),
    export_wh: both("energia injetada [Wh]", "energy given to the grid [Wh]"),
    formula: both("fórmula", "formula"),
    head: both("resumo", "head"),
    import: both("consumo", "import"),
    import_wh: both("energia consumida [Wh]", "energy used [Wh]"),
    issues: both("decisões sobre leituras", "decisions about readings"),
    lapsed_wh: both("créditos vencidos [Wh]", "credits lapsed [Wh]"),
    lines: both("item", "line"),
    meters: both("medidor", "meter"),
    name: both("nome", "name"),
    net: both("total sem tributos", "total without taxes"),
    notes: both("observação", "note"),
    previous: both("resumo anterior", "previous head"),
    quality: both("qualidade", "quality"),
    quantity: both("quantidade", "quantity"),
    rate: both("preço ou alíquota", "rate"),
    rate_before_tax: both("preço sem tributos", "rate before tax"),
    readings: both("número de leituras", "number of readings"),
    start_s: both("início", "start"),
    tariff_code: both("código da tarifa", "code of the tariff"),
    tariff_name: both("nome da tarifa", "name of the tariff"),
    taxes: both("tributo", "tax"),
    total: both("total", "total"),
    total_unrounded: both("total sem arredondar", "total without rounding"),
    unit: both("unidade", "unit"),
  };

  class Differs extends Error {
    constructor(what, expected, found) {
      super(what.en);
      Object.assign(this, { what, expected: shown(expected), found: shown(found) });
    }
  }

  function shown(value) {
    if (value === undefined || value === null) return "—";
    const text = typeof value === "object" ? Q.canonical(value) : String(value);
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
  }

  function same(what, expected, found) {
    if (expected !== found) throw new Differs(what, expected, found);
  }

  function match(expected, found) {
    const difference = Q.firstDifference(expected, found);
    if (difference) throw new Differs(placeOf(difference.path, found), difference.expected, difference.found);
  }

  // A place in words: a line by its number and code, a field by its name.
  function placeOf(path, record) {
    const words = { pt: [], en: [] };
    for (const step of path) {
      record = record === null || record === undefined ? undefined : record[step];
      for (const tongue of ["pt", "en"]) {
        if (typeof step === "number") {
          const before = words[tongue].pop() || "";
          const code = record && typeof record === "object" && record.code ? ` (${record.code})` : "";
          words[tongue].push(`${before} ${step + 1}${code}`);
        } else words[tongue].push((FIELDS[step] || both(step, step))[tongue]);
      }
    }
    return both(words.pt.join(", "), words.en.join(", "));
  }

  function sealed(work, ...names) {
    for (const name of names) {
      const what = both(`a parte “${name}” não é a que foi selada`, `the part “${name}” is not as it was sealed`);
      same(what, work.record.seal.parts[name], work.parts[name]);
    }
  }

  const CHECKS = {
    document(work) {
      const { seal } = work.record;
      const over = both("o resumo do selo sobre suas próprias partes", "the seal's digest over its own parts");
      same(over, Q.digest(seal.parts), seal.all);
      const names = (parts) => Object.keys(parts).sort(Q.byCodePoint).join(" ");
      same(both("as partes que o selo nomeia", "the parts that the seal names"), names(work.parts), names(seal.parts));
      sealed(work, "format");
    },

    readings(work) {
      work.meters.forEach((meter, i) => {
        const { days } = work.record.meters[i];
        const marks = Q.dayMarks(meter);
        marks.forEach(([day, mark], j) => {
          if (j >= days.length) return;
          const text = Q.dayText(day);
          const what = both(
            `medidor ${meter.uuid}: as leituras de ${text} (UTC) não são as que foram seladas`,
            `meter ${meter.uuid}: the readings of ${text} (UTC) are not those that were sealed`,
          );
          same(what, days[j], mark);
        });
        const what = both(`medidor ${meter.uuid}: dias com leituras`, `meter ${meter.uuid}: days with readings`);
        same(what, days.length, marks.length);
      });
      sealed(work, "meters");
      const shownMeters = work.invoice.meters.map((meter) => `${meter.uuid} ${meter.start_s} ${meter.end_s}`);
      const known = work.meters.map((meter) => [meter.uuid, ...Q.partOfCycle(meter, work.cycle)].join(" "));
      const what = both(
        "os medidores da fatura e os das leituras",
        "the meters of the invoice and those of the readings",
      );
      same(what, known.join(", "), shownMeters.join(", "));
    },

    chain(work) {
      const { links } = work.invoice;
      const what = both("elos da cadeia, um por medidor", "links of the chain, one per meter");
      same(what, work.meters.length, links.length);
      work.meters.forEach((meter, i) => {
        const expected = Q.chainLink(meter, ...Q.partOfCycle(meter, work.cycle), links[i].previous);
        const difference = Q.firstDifference(expected, links[i]);
        if (!difference) return;
        const field = placeOf(difference.path, links[i]);
        const words = both(
          `medidor ${meter.uuid}, cadeia das leituras: ${field.pt}`,
          `meter ${meter.uuid}, chain of readings: ${field.en}`,
        );
        throw new Differs(words, difference.expected, difference.found);
      });
    },

    profile(work) {
      sealed(work, "rules", "profile");
      const { rules, profile } = work.record;
      const energies = Q.plainEnergies(work.meters, work.edges, rules);
      if (!energies) {
        work.note(
          "profile",
          both(
            "Há leituras que pedem julgamento (falhas, viradas, buracos): a energia foi tomada do arquivo. " +
              "O comando quilowatt verify a calcula.",
            "Some readings must be judged (glitches, rollovers, holes): the energy was taken from the file. " +
              "The command quilowatt verify computes it.",
          ),
        );
      } else {
        for (const name of ["import", "export"]) {
          energies[name].forEach((wh, i) => {
            const [start, end] = [work.edges[i], work.edges[i + 1]].map((edge) => work.zone.text(edge));
            const what = both(
              `energia de ${start} a ${end}, ${FIELDS[name].pt} [Wh]`,
              `energy from ${start} to ${end}, ${FIELDS[name].en} [Wh]`,
            );
            same(what, wh, work.energies[name][i]);
          });
        }
      }
      const total = (name) => work.energies[name].reduce((a, b) => a + b, 0n);
      const { energy_wh, export_wh } = work.bill;
      match({ energy_wh: total("import"), export_wh: total("export") }, { energy_wh, export_wh });
      work.meters.forEach((meter, i) => checkReadout(work, meter, i));
      const quality = Q.plainQuality(work.meters, work.cycle, rules);
      if (quality) match({ quality }, { quality: work.invoice.quality });
      if (!quality && energies) {
        work.note(
          "profile",
          both(
            "A qualidade das horas (medidas, estimadas) foi tomada do arquivo. O comando quilowatt verify a calcula.",
            "The quality of the hours (measured, estimated) was taken from the file. The command quilowatt verify computes it.",
          ),
        );
      }
      sealed(work, "invoice.meters", "invoice.quality");
    },

    tariff(work) {
      sealed(work, "tariff", "calendar");
      const what = both(
        "resumo do documento da tarifa, como a fatura o nomeia",
        "digest of the tariff's document, as the invoice names it",
      );
      same(what, work.invoice.tariff_digest, Q.digest(work.record.tariff));
      const { calendar } = work.record;
      const zone = both("fuso da unidade consumidora", "time zone of the usage point");
      same(zone, work.invoice.place.timezone, calendar.timezone);
      if (calendar.offsets[0][0] > Math.max(work.cycle[0] - Q.DAY_S, 0)) {
        throw new Differs(
          both("os deslocamentos do relógio cobrem todo o ciclo", "the clock's offsets reach over the whole cycle"),
          work.cycle[0],
          calendar.offsets[0][0],
        );
      }
      const cuts = Q.tariffEdges(work.tariff, work.cycle, work.zone);
      const difference = Q.firstDifference(cuts, work.edges);
      if (difference) {
        const words = both("instantes em que a tarifa corta o ciclo", "instants at which the tariff cuts the cycle");
        throw new Differs(words, difference.expected, difference.found);
      }
      const [first, last] = [calendar.first_day, calendar.last_day].map(Q.dayOf);
      const expected = Q.holidayDates(work.record.tariff.holidays, first, last);
      const names = [...new Set([...Object.keys(expected), ...Object.keys(calendar.holidays)])];
      for (const name of names.sort(Q.byCodePoint)) {
        const words = both(`feriados de “${name}” no ciclo`, `holidays of “${name}” in the cycle`);
        same(words, (expected[name] || []).join(" "), (calendar.holidays[name] || []).join(" "));
      }
    },

    lines(work) {
      const bare = (bill) => ({ lines: bill.lines.map((line) => ({ ...line, taxes: [] })) });
      match(bare(work.computed), bare(work.bill));
    },

    taxes(work) {
      for (const key of ["lines", "taxes"]) match({ [key]: work.computed[key] }, { [key]: work.bill[key] });
    },

    total(work) {
      match(work.computed, work.bill);
    },

    record(work) {
      sealed(work, ...Object.keys(work.invoice).map((key) => `invoice.${key}`));
      const what = both("resumo do registro da fatura", "digest of the invoice's record");
      same(what, work.record.digest, Q.digest(work.invoice));
    },

    seal(work) {
      sealed(work, ...Object.keys(work.parts));
    },
  };

  function checkReadout(work, meter, i) {
    const found = work.invoice.meters[i];
    const { shown: expected, counted } = Q.readout(
      meter,
      found.serial,
      work.cycle,
      Number(work.record.rules.power_max_w),
    );
    const { import_wh, export_wh, ...rest } = found;
    const inMeters = (value) => ({ meters: Object.assign(Array(i).fill(null), { [i]: value }) });
    match(inMeters(expected), inMeters(rest));
    if (counted) match(inMeters(counted), inMeters({ import_wh, export_wh }));
  }

  // What is computed from a proof, each thing once and when it is first asked for.
  class Work {
    constructor(record) {
      this.record = record;
      this.invoice = record.invoice;
      this.bill = record.invoice.bill;
      this.cycle = [this.bill.start_s, this.bill.end_s];
      this.meters = record.meters.map(Q.unpackMeter);
      this.edges = Q.edgesOf(record.profile);
      this.zone = new Q.Zone(record.calendar.offsets);
      this.energies = {
        import: record.profile.import_wh.map(BigInt),
        export: record.profile.export_wh.map(BigInt),
      };
      this.notes = [];
      this.parts = {};
      for (const key of Object.keys(record)) {
        if (key === "invoice") for (const name of Object.keys(record.invoice)) {
          this.parts[`invoice.${name}`] = Q.digest(record.invoice[name]);
        }
        else if (key !== "seal") this.parts[key] = Q.digest(record[key]);
      }
    }
    note(stage, words) {
      this.notes.push({ stage, words });
    }
    get tariff() {
      this.read ??= Q.readTariff(this.record.tariff, this.record.calendar.holidays);
      return this.read;
    }
    get computed() {
      this.rated ??= Q.rate(this.tariff, this.edges, this.energies, this.zone, this.invoice.place.point);
      return this.rated;
    }
  }

  // {number, passed, finding: null | {stage, what, expected, found}, notes, record}.
  Q.verify = function (record) {
    const work = new Work(record);
    const passed = [];
    const result = (finding) => ({ number: record.invoice.number, passed, finding, notes: work.notes, record });
    for (const stage of Object.keys(Q.STAGES)) {
      try {
        CHECKS[stage](work);
      } catch (error) {
        if (error instanceof Differs) {
          return result({ stage, what: error.what, expected: error.expected, found: error.found });
        }
        const what = both(`isto não pode ser calculado: ${error.message}`, `this can't be computed: ${error.message}`);
        return result({ stage, what, expected: "", found: "" });
      }
      passed.push(stage);
    }
    return result(null);
  };
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
