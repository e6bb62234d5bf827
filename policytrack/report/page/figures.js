// Figures at a pair of dates: sums of steps with two filters, and spans that contain the pair. Amounts are whole
// thousandths of the unit, days are days since 1970-01-01. Nothing here touches the page.

const AMOUNTS = ['installed', 'idle', 'owed', 'pending_gross', 'pending_retiring'];
const COUNTS = ['accounts', 'facilities', 'projects', 'unknowns'];
const SUMMED = [...AMOUNTS, ...COUNTS];
const FIGURES = [
  ['installed', 'Installed', (s) => s.installed],
  ['idle', 'Idle', (s) => s.idle],
  ['operating', 'Operating', (s) => s.installed - s.idle],
  ['owed_retirement', 'Owed retirement', (s) => s.owed],
  ['net', 'Net', (s) => s.installed - s.idle - s.owed],
  ['pending_gross', 'Pending gross', (s) => s.pending_gross],
  ['pending_retiring', 'Pending retiring', (s) => s.pending_retiring],
  ['pending_net', 'Pending net', (s) => s.pending_gross - s.pending_retiring],
];

function columnOf(table, name) {
  const column = table[name];
  if (Array.isArray(column)) return (row) => column[row];
  return (row) => (column.index[row] === null ? null : column.texts[column.index[row]]);
}

function reader(table) {
  const columns = {};
  for (const name of Object.keys(table)) if (name !== 'rows') columns[name] = columnOf(table, name);
  return columns;
}

// The sums of the steps that count at (asOf, knownAt), by the key of a row.
function sums(data, asOf, knownAt, keyOf, wanted) {
  const { effective_on: effective, known_on: known, rows } = data.steps;
  const columns = SUMMED.map((name) => data.steps[name]), found = new Map();
  for (let row = 0; row < rows; row += 1) {
    if (effective[row] > asOf || known[row] > knownAt || (wanted && !wanted(row))) continue;
    const key = keyOf(row);
    let sum = found.get(key);
    if (sum === undefined) { sum = new Float64Array(columns.length); found.set(key, sum); }
    for (let at = 0; at < columns.length; at += 1) sum[at] += columns[at][row];
  }
  for (const [key, sum] of found) found.set(key, Object.fromEntries(SUMMED.map((name, at) => [name, sum[at]])));
  return found;
}

// One row per country and activity that counts, as in the view national_capacity.
function nation(data, asOf, knownAt, wanted) {
  const { country_code: countries, activity_id: activities } = data.steps, rows = [];
  const none = activities.texts.length, many = none + 1; // the numbers of no activity, and of a country's cells
  const keyOf = (row) => (countries.index[row] ?? countries.texts.length) * many + (activities.index[row] ?? none);
  for (const [key, sum] of sums(data, asOf, knownAt, keyOf, wanted)) {
    if (sum.accounts > 0) rows.push({ country: countries.texts[Math.floor(key / many)] ?? '', activity: activities.texts[key % many] ?? null, sum });
  }
  return rows.sort((a, b) => (a.activity < b.activity ? -1 : a.activity > b.activity ? 1 : a.country < b.country ? -1 : 1));
}

// Whether a step is of a kind of thing.
function isOfKind(data, kind) {
  const { index, texts } = data.steps.kind, number = texts.indexOf(kind);
  return (row) => index[row] === number;
}

// One row per facility and activity that counts, with its sums; and per facility what projects add to it.
function facilities(data, asOf, knownAt, things) {
  const read = data.readSteps, rows = [];
  const keyOf = (row) => `facility ${read.id(row)}\n${read.activity_id(row)}`;
  for (const [key, sum] of sums(data, asOf, knownAt, keyOf, isOfKind(data, 'facility'))) {
    const [thing, activity] = key.split('\n');
    if (sum.accounts > 0) rows.push({ thing: things.get(thing) ?? { id: thing.replace('facility ', '') }, activity, sum });
  }
  return rows;
}

// One row per project with remaining capacity, as in the view pending_project.
function pending(data, asOf, knownAt) {
  const spans = data.spans, read = data.readSpans, rows = [];
  for (let row = 0; row < spans.rows; row += 1) {
    if (spans.effective_from[row] > asOf || spans.effective_to[row] <= asOf) continue;
    if (spans.known_from[row] > knownAt || spans.known_to[row] <= knownAt) continue;
    const due = spans.due_latest[row], first = spans.first_due_latest[row];
    rows.push({
      id: read.project_id(row), status: read.status(row), planned: spans.planned[row], completed: spans.completed[row],
      remaining: spans.remaining[row], due: read.due(row), firstDue: read.first_due(row), dueLatest: due,
      slip: due === null || first === null ? null : due - first, overdue: due !== null && due < asOf && read.status(row) !== 'built',
    });
  }
  return rows;
}

// The level of some figures on each day on which one changes, as known at a day: [[day, sum], …].
function course(data, knownAt, lastDay, wanted) {
  const steps = data.steps, { effective_on: effective, known_on: known } = steps;
  steps.order ??= Uint32Array.from({ length: steps.rows }, (_, row) => row).sort((a, b) => effective[a] - effective[b]);
  const columns = AMOUNTS.map((name) => steps[name]), sum = new Float64Array(columns.length), levels = [];
  for (const row of steps.order) {
    const day = effective[row];
    if (day > lastDay) break;
    if (known[row] > knownAt || !wanted(row)) continue;
    for (let at = 0; at < columns.length; at += 1) sum[at] += columns[at][row];
    const level = levels.at(-1)?.[0] === day ? levels.at(-1)[1] : {};
    AMOUNTS.forEach((name, at) => { level[name] = sum[at]; });
    if (levels.at(-1)?.[1] !== level) levels.push([day, level]);
  }
  return levels;
}

function least(values, start) { return values.reduce((smallest, value) => (value < smallest ? value : smallest), start); }

function dayOf(text) {
  const [year, month, day] = text.split('-').map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / 86400000);
}

function isoOf(day) { return new Date(day * 86400000).toISOString().slice(0, 10); }

// An amount in thousandths, as text with grouped digits; the decimals are exact.
function shownAmount(amount) {
  if (amount === null || amount === undefined) return 'unknown';
  const whole = Math.trunc(Math.abs(amount) / 1000), rest = Math.abs(amount) % 1000;
  const decimals = rest ? `.${String(rest).padStart(3, '0').replace(/0+$/, '')}` : '';
  return (amount < 0 ? '−' : '') + whole.toLocaleString('en-US') + decimals;
}
