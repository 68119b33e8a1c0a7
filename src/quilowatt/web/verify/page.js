// The page: files in, verdicts with the bill out. Everything stays in this browser.
"use strict";
(function (Q) {
  const SAID = {
    subtitle: { pt: "verificar uma fatura", en: "verify an invoice" },
    drop: { pt: "Solte aqui a prova de uma fatura, ou clique", en: "Drop the proof of an invoice here, or click" },
    private: {
      pt: "Um arquivo .json ou .json.gz. Ele não sai deste computador.",
      en: "A .json or .json.gz file. It doesn't leave this computer.",
    },
    footer: {
      pt: "Esta página refaz a conta a partir das leituras e da tarifa que estão na prova: nada é pedido a um servidor.",
      en: "This page does the sum again from the readings and the tariff in the proof: no server is asked.",
    },
    how1: { pt: "As leituras", en: "The readings" },
    how1text: {
      pt: "A cadeia delas é refeita. Compare o resumo com o que está impresso na sua fatura: uma leitura alterada aparece.",
      en: "Their chain is made again. Compare its head with the one printed on your bill: an altered reading shows.",
    },
    how2: { pt: "A conta", en: "The sum" },
    how2text: {
      pt: "Energia, tarifa, itens e tributos são recalculados com frações exatas, e cada item é arredondado uma vez.",
      en: "Energy, tariff, lines and taxes are computed again in exact fractions, and each line is rounded once.",
    },
    how3: { pt: "A primeira diferença", en: "The first difference" },
    how3text: {
      pt: "Se um só algarismo não bate, a página diz onde, o que era esperado e o que encontrou.",
      en: "If a single digit doesn't fit, the page says where, what was expected and what it found.",
    },
    proved: { pt: "Provada", en: "Proved" },
    differs: { pt: "Não provada", en: "Not proved" },
    noProof: { pt: "Não é a prova de uma fatura", en: "Not a proof of an invoice" },
    provedText: {
      pt: "A fatura {number} dá {total}, por suas próprias leituras e tarifa.",
      en: "Invoice {number} comes to {total}, by its own readings and tariff.",
    },
    credit: { pt: "nota de crédito", en: "credit note" },
    expected: { pt: "esperado", en: "expected" },
    found: { pt: "encontrado", en: "found" },
    stages: { pt: "O que foi conferido", en: "What was checked" },
    bill: { pt: "Itens", en: "Lines" },
    item: { pt: "Item", en: "Line" },
    quantity: { pt: "Quantidade", en: "Quantity" },
    price: { pt: "Preço com tributos", en: "Price with taxes" },
    amount: { pt: "Valor", en: "Amount" },
    total: { pt: "Total", en: "Total" },
    taxes: { pt: "Tributos contidos", en: "Taxes in it" },
    tax: { pt: "Tributo", en: "Tax" },
    base: { pt: "Base", en: "Base" },
    rate: { pt: "Alíquota", en: "Rate" },
    energy: { pt: "Energia por dia", en: "Energy by day" },
    taken: { pt: "consumo", en: "used" },
    given: { pt: "injeção", en: "given to the grid" },
    meters: { pt: "Medidores", en: "Meters" },
    meter: { pt: "Medidor", en: "Meter" },
    first: { pt: "Primeira leitura", en: "First reading" },
    last: { pt: "Última leitura", en: "Last reading" },
    counted: { pt: "Contado", en: "Counted" },
    head: { pt: "resumo da cadeia", en: "head of the chain" },
    number: { pt: "Fatura", en: "Invoice" },
    customer: { pt: "Cliente", en: "Customer" },
    issuer: { pt: "Emitente", en: "Issuer" },
    cycle: { pt: "Ciclo", en: "Cycle" },
    due: { pt: "Vencimento", en: "Due" },
    tariff: { pt: "Tarifa", en: "Tariff" },
    digest: { pt: "Resumo da fatura (SHA-256)", en: "Digest of the invoice (SHA-256)" },
    gzip: { pt: "o arquivo comprimido não pôde ser aberto", en: "the compressed file can't be opened" },
  };

  let tongue = "en";
  const shownFiles = [];
  const say = (key) => SAID[key][tongue];
  const locale = () => (tongue === "pt" ? "pt-BR" : "en-GB");
  const spoken = (text) => text[tongue];

  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    const { className, ...rest } = properties;
    if (className) element.className = className;
    for (const [name, value] of Object.entries(rest)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  function drawing(tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  // Exact: Intl takes decimals as texts, so no digit is lost.
  function number(text, places = null) {
    const given = Q.dec(text).fixed();
    const digits = places ?? (given.split(".")[1] || "").replace(/0+$/, "").length;
    const format = { minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, 0) };
    return new Intl.NumberFormat(locale(), format).format(given);
  }
  const places = (text) => (Q.dec(text).fixed().split(".")[1] || "").length;
  const sum = (text) => number(text, places(text));

  function money(text, currency) {
    const format = { style: "currency", currency, minimumFractionDigits: places(text), maximumFractionDigits: places(text) };
    try {
      return new Intl.NumberFormat(locale(), format).format(Q.dec(text).fixed());
    } catch {
      return `${sum(text)} ${currency}`;
    }
  }

  function date(day) {
    const format = { dateStyle: "medium", timeZone: "UTC" };
    return new Intl.DateTimeFormat(locale(), format).format(new Date(`${day}T00:00:00Z`));
  }

  function time(seconds, zone) {
    const text = zone.text(seconds);
    return `${date(text.slice(0, 10))}, ${text.slice(11, 16)}`;
  }

  const kwh = (wh) => `${number(Q.Dec.scaled(BigInt(wh), -3), 3)} kWh`;

  // --- Parts of a result ------------------------------------------------------------------------

  function verdictPart(name, shown) {
    if (shown.reason) {
      return make("div", { className: "verdict bad" }, make("h2", {}, say("noProof")), make("p", {}, `${name}: ${shown.reason}`));
    }
    const { finding, record } = shown.verdict;
    const { bill } = record.invoice;
    if (!finding) {
      const words = say("provedText")
        .replace("{number}", record.invoice.number)
        .replace("{total}", money(bill.total, bill.currency));
      return make("div", { className: "verdict" }, make("h2", {}, say("proved")), make("p", {}, words));
    }
    const part = make("div", { className: "verdict bad" }, make("h2", {}, say("differs")), make("p", {}, spoken(finding.what)));
    if (finding.expected || finding.found) {
      part.append(
        make("dl", {}, make("dt", {}, say("expected")), make("dd", { className: "expected" }, finding.expected),
          make("dt", {}, say("found")), make("dd", { className: "found" }, finding.found)),
      );
    }
    return part;
  }

  function stagesPart({ passed, finding, notes }) {
    const list = make("ol", { className: "stages" });
    for (const [stage, words] of Object.entries(Q.STAGES)) {
      const state = passed.includes(stage) ? "passed" : finding?.stage === stage ? "differs" : "open";
      const mark = { passed: "✓", differs: "✗", open: "·" }[state];
      list.append(make("li", { className: state, "data-stage": stage }, make("b", {}, mark), spoken(words)));
    }
    const part = make("section", {}, make("h3", {}, say("stages")), list);
    for (const note of notes) part.append(make("p", { className: "remark" }, spoken(note.words)));
    return part;
  }

  function factsPart({ record }) {
    const { invoice } = record;
    const zone = new Q.Zone(record.calendar.offsets);
    const fact = (key, value, more = "") =>
      make("div", {}, make("small", {}, say(key)), make("strong", {}, value), make("small", {}, more));
    const end = zone.text(invoice.bill.end_s - 1).slice(0, 10);
    const kind = invoice.kind === "credit_note" ? say("credit") : "";
    return make("section", {}, make("div", { className: "facts" },
      fact("number", invoice.number, kind),
      fact("customer", invoice.customer.name, invoice.place.address.join(", ")),
      fact("issuer", invoice.issuer.name, invoice.issuer.tax_id),
      fact("cycle", `${date(zone.text(invoice.bill.start_s).slice(0, 10))} – ${date(end)}`, invoice.place.timezone),
      fact("due", date(invoice.due)),
      fact("tariff", spoken(invoice.bill.tariff_name), invoice.bill.tariff_code),
    ));
  }

  const cell = (value, className = "") => make("td", className ? { className } : {}, value);

  function tableOf(heads, rows, foot = null) {
    const head = heads.map(([key, className]) => make("th", className ? { className } : {}, key ? say(key) : ""));
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
    if (foot) table.append(make("tfoot", {}, foot));
    return make("div", { className: "scroll" }, table);
  }

  function linesPart({ record, finding }) {
    const { bill } = record.invoice;
    const wrong = finding && ["lines", "taxes"].includes(finding.stage) ? /(?:line|item) (\d+)/.exec(finding.what.en) : null;
    const rows = bill.lines.map((line, i) => {
      const name = make("td", {}, spoken(line.name), make("code", {}, line.formula));
      const isWrong = wrong && Number(wrong[1]) === i + 1;
      const quantity = line.unit === bill.currency ? money(line.quantity, line.unit) : `${number(line.quantity)} ${line.unit}`;
      return make("tr", isWrong ? { className: "wrong" } : {}, name, cell(line.unit ? quantity : "", "number"),
        cell(line.unit ? number(line.rate) : "", "number"), cell(sum(line.amount), "number"));
    });
    const foot = make("tr", {}, make("td", { colspan: "3" }, say("total")), cell(money(bill.total, bill.currency), "number"));
    const heads = [["item"], ["quantity", "number"], ["price", "number"], ["amount", "number"]];
    const part = make("section", { className: "lines" }, make("h3", {}, say("bill")), tableOf(heads, rows, foot));
    for (const note of bill.notes) part.append(make("p", { className: "remark" }, spoken(note)));
    return part;
  }

  function taxesPart({ record }) {
    const { taxes } = record.invoice.bill;
    if (!taxes.length) return null;
    const rows = taxes.map((tax) =>
      make("tr", {}, cell(spoken(tax.name)), cell(sum(tax.base), "number"),
        cell(`${number(Q.dec(tax.rate).mul(Q.dec(100)))} %`, "number"), cell(sum(tax.amount), "number")));
    const heads = [["tax"], ["base", "number"], ["rate", "number"], ["amount", "number"]];
    return make("section", {}, make("h3", {}, say("taxes")), tableOf(heads, rows));
  }

  function metersPart({ record }) {
    const zone = new Q.Zone(record.calendar.offsets);
    const { links, meters } = record.invoice;
    const shown = (at, wh) => (at ? make("span", {}, kwh(wh), make("small", { className: "head" }, time(at, zone))) : "—");
    const rows = meters.map((meter, i) => {
      const head = links[i] ? make("code", { title: say("head") }, links[i].head) : "";
      return make("tr", {}, make("td", {}, meter.serial || meter.uuid, head),
        cell(shown(meter.first_time_s, meter.first_import_wh), "number"),
        cell(shown(meter.last_time_s, meter.last_import_wh), "number"), cell(kwh(meter.import_wh), "number"));
    });
    const heads = [["meter"], ["first", "number"], ["last", "number"], ["counted", "number"]];
    const digest = make("p", { className: "head" }, `${say("digest")}: ${record.digest}`);
    return make("section", {}, make("h3", {}, say("meters")), tableOf(heads, rows), digest);
  }

  // Energy of each local day, from the readings where they are plain, else from the file's intervals.
  function dailyEnergies(record) {
    const zone = new Q.Zone(record.calendar.offsets);
    const { start_s, end_s } = record.invoice.bill;
    const edges = [start_s];
    for (let day = zone.day(start_s) + 1; zone.at(day) < end_s; day++) edges.push(zone.at(day));
    edges.push(end_s);
    const plain = Q.plainEnergies(record.meters.map(Q.unpackMeter), edges, record.rules);
    return plain && { ...plain, days: edges.slice(0, -1).map((edge) => zone.text(edge).slice(0, 10)) };
  }

  function chartPart({ record }) {
    const daily = dailyEnergies(record);
    if (!daily) return null;
    const used = daily.import.map(Number);
    const given = daily.export.map(Number);
    const top = Math.max(...used, 1);
    const bottom = Math.max(...given, 0);
    const [width, height] = [900, 120];
    const scale = (height - 18) / (top + bottom);
    const zero = top * scale;
    const step = width / used.length;
    const chart = drawing("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": say("energy") });
    used.forEach((wh, i) => {
      const x = i * step + step * 0.12;
      const title = `${date(daily.days[i])}: ${kwh(wh)}${given[i] ? ` / ${kwh(given[i])}` : ""}`;
      const bars = [drawing("rect", { class: "in", x, y: zero - wh * scale, width: step * 0.76, height: wh * scale })];
      if (given[i]) bars.push(drawing("rect", { class: "out", x, y: zero, width: step * 0.76, height: given[i] * scale }));
      chart.append(drawing("g", {}, drawing("title", {}, title), ...bars));
    });
    chart.append(drawing("line", { x1: 0, x2: width, y1: zero, y2: zero }));
    const legend = make("p", { className: "legend" }, `${date(daily.days[0])} – ${date(daily.days.at(-1))}`, make("i"),
      `${say("taken")} ${kwh(record.invoice.bill.energy_wh)}`);
    if (bottom) legend.append(make("i", { className: "out" }), `${say("given")} ${kwh(record.invoice.bill.export_wh)}`);
    return make("section", {}, make("h3", {}, say("energy")), chart, legend);
  }

  function resultOf(name, shown) {
    const article = make("article", { "data-file": name }, verdictPart(name, shown));
    if (shown.reason) return article;
    const parts = [factsPart, stagesPart, linesPart, taxesPart, chartPart, metersPart];
    for (const part of parts) {
      try {
        const made = part(shown.verdict);
        if (made) article.append(made);
      } catch {
        // A proof that differs may be too odd to draw; its verdict stands.
      }
    }
    return article;
  }

  // --- Files and languages ----------------------------------------------------------------------

  async function inflated(file) {
    const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
    if (head[0] !== 0x1f || head[1] !== 0x8b) return file.arrayBuffer();
    const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    const parts = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts).arrayBuffer();
      size += value.length;
      if (size > Q.SIZE_MAX) throw new Q.NoProof(`> ${Q.SIZE_MAX} B`);
      parts.push(value);
    }
  }

  async function judge(file) {
    let bytes;
    try {
      if (file.size > Q.SIZE_MAX) throw new Q.NoProof(`${file.size} B > ${Q.SIZE_MAX} B`);
      bytes = new Uint8Array(await inflated(file));
      return { verdict: Q.verify(Q.readProof(bytes)) };
    } catch (error) {
      if (error instanceof Q.NoProof) return { reason: error.message };
      return { reason: bytes ? error.message : say("gzip") };
    }
  }

  async function take(files) {
    document.getElementById("drop").classList.add("small");
    document.getElementById("how").hidden = true;
    shownFiles.length = 0;
    for (const file of files) shownFiles.push([file.name, await judge(file)]);
    draw();
  }

  function draw() {
    document.documentElement.lang = tongue === "pt" ? "pt-BR" : "en";
    document.title = `quilowatt · ${say("subtitle")}`;
    for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
    for (const button of document.querySelectorAll("[data-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === tongue));
    }
    document.getElementById("results").replaceChildren(...shownFiles.map(([name, shown]) => resultOf(name, shown)));
  }

  function listen() {
    const drop = document.getElementById("drop");
    const input = document.getElementById("file");
    input.addEventListener("change", () => take([...input.files]).then(() => (input.value = "")));
    drop.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && input.click());
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    document.addEventListener("dragleave", () => drop.classList.remove("over"));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
    });
    for (const button of document.querySelectorAll("[data-lang]")) {
      button.addEventListener("click", () => {
        tongue = button.dataset.lang;
        draw();
      });
    }
  }

  tongue = (navigator.language || "en").toLowerCase().startsWith("pt") ? "pt" : "en";
  listen();
  draw();
})(globalThis.Quilowatt);
