// The readings of a proof: their columns, the marks of their days, their chain, and the energy that
// they show where every step is plain. Odd steps and long holes are judged by quilowatt itself: of
// such meters the energy is taken from the file, and the verdict says so.
"use strict";
(function (Q) {
  const REGISTER_MAX = 2n ** 53n - 1n;
  const TIME_MAX = 253370764800;
  const HOLE_S = 7200;
  const CYCLE_MAX_S = 400 * 86400;
  const RANKS = ["measured", "revised", "estimated", "missing"];

  function unpack(steps) {
    let total = 0n;
    return steps.map((step) => (total += BigInt(step)));
  }

  // What no shape can say; the same as quilowatt asks for.
  Q.checkProof = function (record, refuse) {
    const { bill } = record.invoice;
    const cycle = bill.end_s - bill.start_s;
    if (!(cycle > 0 && cycle <= CYCLE_MAX_S)) refuse("the cycle must have 1 s to 400 days");
    checkCalendar(record.calendar, refuse);
    record.meters.forEach((meter, i) => checkMeter(meter, `meters[${i}]`, refuse));
    const { profile } = record;
    const edges = unpack(profile.edges_s);
    if (edges.some((edge, i) => i && edge <= edges[i - 1])) refuse("profile.edges_s: must rise");
    if (edges.length < 2 || Number(edges[0]) !== bill.start_s || Number(edges.at(-1)) !== bill.end_s) {
      refuse("profile.edges_s: must go from the start to the end of the cycle");
    }
    for (const key of ["import_wh", "export_wh"]) {
      if (profile[key].length !== edges.length - 1) refuse("profile: each interval needs an energy");
    }
  };

  function checkCalendar(calendar, refuse) {
    const { offsets } = calendar;
    if (!offsets.length || offsets.length > 2000 || offsets.some((pair) => pair.length !== 2)) {
      refuse("calendar.offsets: must be pairs");
    }
    offsets.forEach(([at, offset], i) => {
      if (at < 0 || Math.abs(offset) > 86399) refuse("calendar.offsets: no such offset");
      if (i && at <= offsets[i - 1][0]) refuse("calendar.offsets: must rise");
    });
    const days = Q.dayOf(calendar.last_day) - Q.dayOf(calendar.first_day);
    if (!(days >= 0 && days <= 732)) refuse("calendar: last_day must follow first_day");
  }

  function checkMeter(meter, place, refuse) {
    const columns = ["time_s", "import_wh", "export_wh"].map((key) => unpack(meter[key]));
    const size = columns[0].length;
    if (columns.some((column) => column.length !== size)) refuse(`${place}: columns differ`);
    const [times, ...registers] = columns;
    if (times.some((time, i) => time < 0n || time > TIME_MAX || (i && time <= times[i - 1]))) {
      refuse(`${place}.time_s: times must rise`);
    }
    if (registers.some((column) => column.some((wh) => wh < 0n || wh > REGISTER_MAX))) {
      refuse(`${place}: a register is out of bounds`);
    }
    const { revised } = meter;
    if (revised.some((row, i) => row >= size || (i && row <= revised[i - 1]))) {
      refuse(`${place}.revised: names no reading`);
    }
  }

  Q.unpackMeter = function (meter) {
    return {
      uuid: meter.uuid,
      start: meter.start_s,
      end: meter.end_s,
      intervalS: meter.interval_s,
      first: meter.first_wh,
      last: meter.last_wh,
      times: unpack(meter.time_s).map(Number),
      import: unpack(meter.import_wh),
      export: unpack(meter.export_wh),
      revised: new Set(meter.revised),
    };
  };

  // First row whose time is not before an instant.
  function place(times, time) {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  const placeAfter = (times, time) => place(times, time + 1);

  function rowBytes(meter, first, last) {
    const bytes = new Uint8Array((last - first) * 24);
    const view = new DataView(bytes.buffer);
    for (let row = first; row < last; row++) {
      const at = (row - first) * 24;
      view.setBigInt64(at, BigInt(meter.times[row]));
      view.setBigInt64(at + 8, meter.import[row]);
      view.setBigInt64(at + 16, meter.export[row]);
    }
    return bytes;
  }

  Q.dayMarks = function (meter) {
    const marks = [];
    let first = 0;
    while (first < meter.times.length) {
      const day = Math.floor(meter.times[first] / 86400);
      const last = place(meter.times, (day + 1) * 86400);
      marks.push([day, Q.sha256(rowBytes(meter, first, last)).slice(0, 8)]);
      first = last;
    }
    return marks;
  };

  const fromHex = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));

  Q.chainLink = function (meter, start, end, previous) {
    const [first, last] = [place(meter.times, start), place(meter.times, end)];
    const frame = new Uint8Array(24);
    const view = new DataView(frame.buffer);
    [start, end, last - first].forEach((n, i) => view.setBigInt64(8 * i, BigInt(n)));
    const parts = [
      new TextEncoder().encode("quilowatt readings 1\0"),
      fromHex(previous),
      fromHex(meter.uuid.replaceAll("-", "")),
      frame,
      rowBytes(meter, first, last),
    ];
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    const head = Q.sha256(whole);
    return { meter: meter.uuid, start_s: start, end_s: end, readings: last - first, previous, head };
  };

  Q.partOfCycle = (meter, [start, end]) => [Math.max(meter.start, start), Math.min(meter.end, end)];

  // Registers that were written down when the meter came and went, where nothing was read then.
  function withDeclared(meter) {
    const result = { ...meter, times: [...meter.times] };
    for (const name of ["import", "export"]) result[name] = [...meter[name]];
    for (const [time, energy] of [[meter.start, meter.first], [meter.end, meter.last]]) {
      const row = place(result.times, time);
      if (!energy || result.times[row] === time) continue;
      result.times.splice(row, 0, time);
      result.import.splice(row, 0, BigInt(energy.import_wh));
      result.export.splice(row, 0, BigInt(energy.export_wh));
      result.revised = new Set([...result.revised].map((old) => (old >= row ? old + 1 : old)));
    }
    return result;
  }

  // True where nothing is to be judged: registers rise, within what the connection carries, at an
  // even pace, and no hole of over two hours holds an edge.
  function isPlain(meter, edges, powerMax) {
    const { times } = meter;
    const spans = times.slice(1).map((time, i) => time - times[i]);
    for (const register of [meter.import, meter.export]) {
      for (let i = 0; i < spans.length; i++) {
        const step = Number(register[i + 1] - register[i]);
        if (step < 0) return false;
        if (powerMax && step > powerMax * ((spans[i] + 60) / 3600)) return false;
      }
    }
    for (let i = 2; i < times.length - 1; i++) {
      if (spans[i - 1] < spans[i - 2] && spans[i - 2] === spans[i]) return false;
    }
    return !spans.some((span, i) => {
      if (span <= HOLE_S) return false;
      return place(edges, times[i + 1]) > placeAfter(edges, times[i]);
    });
  }

  // Energy since the first reading: interpolated between two readings, rounded down, level outside.
  function energyAt(meter, register, edge) {
    const { times } = meter;
    if (!times.length) return 0n;
    const before = Math.max(placeAfter(times, edge) - 1, 0);
    const after = Math.min(before + 1, times.length - 1);
    const span = Math.max(times[after] - times[before], 1);
    const since = Math.min(Math.max(edge - times[before], 0), span);
    const step = register[after] - register[before];
    return register[before] - register[0] + Q.floorDiv(step * BigInt(since), BigInt(span));
  }

  // Energies between edges, or null where a meter needs more than this page can judge.
  Q.plainEnergies = function (meters, edges, rules) {
    const result = { import: [], export: [] };
    for (const name of ["import", "export"]) result[name] = edges.slice(1).map(() => 0n);
    for (const [meter, within] of stays(meters, edges)) {
      if (!isPlain(meter, within, Number(rules.power_max_w))) return null;
      if (rules.missing && !reaches(meter, within)) return null;
      for (const name of ["import", "export"]) {
        const at = within.map((edge) => energyAt(meter, meter[name], edge));
        at.slice(1).forEach((wh, i) => (result[name][i] += wh - at[i]));
      }
    }
    return result;
  };

  function stays(meters, edges) {
    return meters
      .filter((meter) => meter.start < edges.at(-1) && meter.end > edges[0])
      .map((meter) => [
        withDeclared(meter),
        edges.map((edge) => Math.min(Math.max(edge, meter.start), meter.end)),
      ]);
  }

  function reaches(meter, within) {
    return meter.times.length > 0 && meter.times[0] <= within[0] && meter.times.at(-1) >= within.at(-1);
  }

  Q.readout = function (meter, serial, cycle, powerMax) {
    const [start, end] = Q.partOfCycle(meter, cycle);
    const rows = [start, end].map((time) => placeAfter(meter.times, time) - 1);
    const [first, last] = rows.map((row) => ({
      time: row < 0 ? 0 : meter.times[row],
      import: row < 0 ? 0n : meter.import[row],
      export: row < 0 ? 0n : meter.export[row],
    }));
    const counted = isPlain(meter, [start, end], powerMax)
      ? ["import", "export"].map((name) => energyAt(meter, meter[name], end) - energyAt(meter, meter[name], start))
      : null;
    return {
      shown: {
        uuid: meter.uuid,
        serial,
        start_s: start,
        end_s: end,
        first_time_s: first.time,
        last_time_s: last.time,
        first_import_wh: first.import,
        last_import_wh: last.import,
        first_export_wh: first.export,
        last_export_wh: last.export,
      },
      counted: counted && { import_wh: counted[0], export_wh: counted[1] },
    };
  };

  // How well the energy is known, of plain meters; null of others.
  Q.plainQuality = function (meters, [start, end], rules) {
    const edges = [];
    for (let at = start; at < end; at += rules.quality_step_s) edges.push(at);
    edges.push(end);
    const energies = Q.plainEnergies(meters, edges, { ...rules, missing: null });
    if (!energies || rules.missing) return null;
    const ranks = edges.slice(1).map(() => 0);
    const covered = edges.slice(1).map(() => 0);
    const present = stays(meters, edges);
    for (const [meter, within] of present) {
      for (let i = 0; i + 1 < within.length; i++) {
        if (within[i + 1] <= within[i]) continue;
        covered[i] += within[i + 1] - within[i];
        ranks[i] = Math.max(ranks[i], rankOf(meter, within[i], within[i + 1]));
      }
    }
    const seconds = { measured: 0, revised: 0, estimated: 0, missing: 0 };
    let estimatedWh = 0n;
    ranks.forEach((rank, i) => {
      const span = edges[i + 1] - edges[i];
      const name = RANKS[covered[i] < span ? 3 : rank];
      seconds[name] += span;
      if (name === "estimated") estimatedWh += energies.import[i];
    });
    const issues = Object.create(null);
    if (present.length > 1) issues.exchange = present.length - 1;
    return {
      measured_s: seconds.measured,
      estimated_s: seconds.estimated,
      revised_s: seconds.revised,
      missing_s: seconds.missing,
      estimated_wh: estimatedWh,
      issues,
    };
  };

  function rankOf(meter, start, end) {
    const { times } = meter;
    if (!times.length || start < times[0] || end > times.at(-1)) return 3;
    const first = placeAfter(times, start) - 1;
    const last = place(times, end);
    let longest = 0;
    for (let row = first; row < last; row++) {
      longest = Math.max(longest, (times[row + 1] ?? times[row]) - times[row]);
    }
    if (longest * 2 > Math.max(meter.intervalS, end - start) * 3) return 2;
    for (let row = first; row <= last; row++) if (meter.revised.has(row)) return 1;
    return 0;
  }

  Q.edgesOf = (profile) => unpack(profile.edges_s).map(Number);
})((globalThis.Quilowatt = globalThis.Quilowatt || {}));
