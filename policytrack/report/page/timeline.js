// Tables at a pair of dates: the rows whose rectangle of dates contains the pair. Nothing here touches the page.

// The last end of a period on or before a day; the last day of the report ends a period too.
function endOfPeriod(step, day, last) {
  if (step === 'last') return last;
  if (step === 'day' || day >= last) return Math.min(day, last);
  const date = new Date(day * 86400000), year = date.getUTCFullYear(), month = date.getUTCMonth();
  const months = { month: 1, quarter: 3, year: 12 }[step];
  const endOf = (count) => Math.round(Date.UTC(year, count, 1) / 86400000) - 1; // of the period that ends before a month
  const next = (Math.floor(month / months) + 1) * months;
  return endOf(next) === day ? day : endOf(next - months);
}

// A table of the file with its days in place of their numbers.
function decodedTable(table) {
  const dayOfEach = (name) => table[name].map((at) => table.days[at]);
  return {
    ...table, effective_from: dayOfEach('effective_from'), effective_to: dayOfEach('effective_to'),
    known_from: dayOfEach('known_from'), known_to: dayOfEach('known_to'), numeric: Object.keys(table.figures),
  };
}

// The events of the file as objects, each with its sources.
function decodedEvents({ columns, rows, sources }) {
  return rows.map((row) => {
    const event = Object.fromEntries(columns.map((name, at) => [name, row[at]]));
    event.sources = event.sources.map((at) => sources[at]);
    return event;
  });
}

// The rows of a table as known at a day and as of a day: objects with a text of each column. The last rows are cached, since
// two sections show some tables, and tables by month or year have the same rows at most moves.
function rowsAt(table, asOf, knownAt) {
  if (table.cached?.asOf !== asOf || table.cached.knownAt !== knownAt) table.cached = { asOf, knownAt, rows: rowsOf(table, asOf, knownAt) };
  return table.cached.rows;
}

function rowsOf(table, asOf, knownAt) {
  const { effective_from: from, effective_to: to, known_from: knownFrom, known_to: knownTo, names, keys, key, figures } = table;
  const rows = [];
  for (let at = 0; at < key.length; at += 1) {
    if (from[at] > asOf || to[at] <= asOf || knownFrom[at] > knownAt || knownTo[at] <= knownAt) continue;
    const row = {}, texts = keys[key[at]];
    for (let column = 0; column < names.length; column += 1) row[names[column]] = texts[column];
    for (const name of table.numeric) row[name] = figures[name].texts[figures[name].index[at]];
    rows.push(row);
  }
  return rows;
}

// One row per firm, activity and status, with what it holds on each of the three bases.
function holdings(rows) {
  const found = new Map();
  for (const row of rows) {
    const key = `${row.activity_id}\n${row.firm_id}\n${row.status}`;
    const holding = found.get(key) ?? { ...row };
    holding[row.basis] = row.capacity;
    if (Number(row.not_exact) > Number(holding.not_exact)) holding.not_exact = row.not_exact;
    found.set(key, holding);
  }
  return [...found.values()];
}

// What each firm owns: a map from a firm to its shares, and the shares whose holder is unknown by what is owned.
function ownership(rows) {
  const owned = new Map(), unknown = new Map();
  for (const row of rows) {
    if (!row.owner_id) unknown.set(`${row.owned_kind} ${row.owned_id}`, row.stake_pct);
    else if (owned.has(row.owner_id)) owned.get(row.owner_id).push(row);
    else owned.set(row.owner_id, [row]);
  }
  return { owned, unknown };
}

// The tree of what a firm owns: its shares, the effective share of the firm through each chain, and where a chain has met
// a firm before, which is not followed again. Level by level, up to a number of branches: chains can be millions.
const MOST_BRANCHES = 400;
function treeOf(owned, firm) {
  const root = { id: firm, kind: 'firm', share: 1, path: [firm], children: [] };
  let level = [root], count = 0;
  while (level.length && count < MOST_BRANCHES) {
    const next = [];
    for (const above of level) {
      for (const row of owned.get(above.id) ?? []) {
        if (count >= MOST_BRANCHES) break;
        const isVague = row.stated_as !== 'exact'; // no source states the exact share: the chain ends there
        if (Number(row.stake_pct) <= 0 && above !== root && !isVague) continue;
        const share = above.share * Number(row.stake_pct) / 100, isCycle = row.owned_kind === 'firm' && above.path.includes(row.owned_id);
        const node = { kind: row.owned_kind, id: row.owned_id, stake: row.stake_pct, statedAs: row.stated_as, low: row.stake_low, high: row.stake_high, share, effective: share * 100, isControlled: row.is_controlled === 'yes', isCycle, path: [...above.path, row.owned_id], children: [] };
        above.children.push(node);
        count += 1;
        if (node.kind === 'firm' && !isCycle && share > 0) next.push(node);
      }
    }
    level = next;
  }
  return { nodes: root.children, isCut: count >= MOST_BRANCHES };
}
