// Tables at a pair of dates: the rows whose rectangle of dates contains the pair. Nothing here touches the page.

// The last end of a period on or before a day; the last day of the report ends a period too.
function endOfPeriod(step, day, last) {
  if (step === 'day' || day >= last) return Math.min(day, last);
  const date = new Date(day * 86400000), year = date.getUTCFullYear(), month = date.getUTCMonth();
  const months = { month: 1, quarter: 3, year: 12 }[step];
  const endOf = (count) => Math.round(Date.UTC(year, count, 1) / 86400000) - 1; // of the period that ends before a month
  const next = (Math.floor(month / months) + 1) * months;
  return endOf(next) === day ? day : endOf(next - months);
}

// The rows of a table as known at a day and as of a day: objects with a text of each column.
function rowsAt(table, asOf, knownAt) {
  const { effective_from: from, effective_to: to, known_from: knownFrom, known_to: knownTo, columns } = table;
  const names = Object.keys(columns), rows = [];
  for (let at = 0; at < table.rows; at += 1) {
    if (from[at] > asOf || to[at] <= asOf || knownFrom[at] > knownAt || knownTo[at] <= knownAt) continue;
    const row = {};
    for (const name of names) row[name] = columns[name].texts[columns[name].index[at]];
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
    else owned.set(row.owner_id, [...(owned.get(row.owner_id) ?? []), row]);
  }
  return { owned, unknown };
}

// The tree of what a firm owns: its shares, the effective share of the firm through each chain, and where a chain has met
// a firm before, which is not followed again.
function treeOf(owned, firm) {
  const below = (id, share, path) => (owned.get(id) ?? []).filter((row) => Number(row.stake_pct) > 0 || path.length === 1).map((row) => {
    const part = share * Number(row.stake_pct) / 100, isCycle = row.owned_kind === 'firm' && path.includes(row.owned_id);
    return {
      kind: row.owned_kind, id: row.owned_id, stake: row.stake_pct, effective: part * 100, isControlled: row.is_controlled === 'yes', isCycle,
      children: row.owned_kind === 'firm' && !isCycle && part > 0 ? below(row.owned_id, part, [...path, row.owned_id]) : [],
    };
  });
  return below(firm, 1, [firm]);
}
