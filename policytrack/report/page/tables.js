// The sections whose tables are in the file for every pair of dates: firms, ownership, swaps, quotas, rules and support.

const UNSURE = ['fail', 'unverified', 'error', 'unknown', 'withheld', 'suspended'];
state.owner = data.about[0]?.find(([name]) => name === 'firm id')[1] ?? '';

// The rows of a table at the dates, and a sentence that says so if they are those of other dates, or not in the file.
function atDates(name) {
  const table = data.timelines[name];
  const asOf = endOfPeriod(table.step, state.asOf, LAST['as-of']), knownAt = endOfPeriod(table.step, state.knownAt, LAST['known-at']);
  const isOther = asOf !== state.asOf || knownAt !== state.knownAt;
  const which = table.step === 'last' ? 'the dates of the report alone' : `ends of ${table.step}s`;
  const note = table.too_many ? `The ${table.too_many.toLocaleString()} rows of this table are too many for one file. policytrack serve shows them.`
    : isOther ? `As of ${isoOf(asOf)}, known at ${isoOf(knownAt)}: this table is in the file for ${which}. For other days use policytrack serve.` : '';
  return { rows: rowsAt(table, asOf, knownAt).filter((row) => isWanted(name, row)), notes: note ? [el('p', { class: 'earlier' }, note)] : [] };
}

// What stands in place of a table without rows; of one that is not in the file, the note says so.
const none = (name, sentence) => (data.timelines[name].too_many ? '' : el('p', null, sentence));

function isWanted(name, row) {
  const activities = row.activities === undefined ? [row.activity_id] : row.activities.split(', ');
  if (state.activity && (row.activity_id !== undefined || row.activities !== undefined) && !activities.includes(state.activity)) return false;
  const place = row.country_code ?? row.jurisdiction;
  return !state.country || place === undefined || place.split('-')[0] === state.country;
}

const cellOf = (name) => (row) => el('span', { class: UNSURE.includes(row[name]) ? 'unverified' : null }, row[name]);
const columnsOf = (table, pairs) => pairs.map(([name, heading]) => [heading, cellOf(name), table.numeric.includes(name)]);

// A report of firms has their facilities and projects as tables at dates, since these change hands.
function drawOperated() {
  const { rows, notes } = atDates('facilities');
  put('facilities', ...notes, rows.length ? tableOf('What the firm operates at these dates', [
    ['Country', (row) => countryName(row.country_code)], ['Region', (row) => row.region_code],
    ['Facility', (row) => withId(row.facility_id, nameOf('facility', row.facility_id))], ['Activity', (row) => named(row.activity_id)],
    ...columnsOf(data.timelines.facilities, [['installed', 'Installed'], ['idle', 'Idle'], ['operating', 'Operating']]),
  ], drawnRows('facilities', rows)) : none('facilities', 'The firm operates no facility at these dates.'), ...more(rows.length));
}

// A row of the table of pending projects, as those that are added up from steps.
function pendingOf(row) {
  const day = (text) => (text ? dayOf(text) : null);
  return {
    id: row.project_id, status: row.status, planned: thousandths(row.capacity_planned), remaining: thousandths(row.capacity_remaining),
    retiring: thousandths(row.retiring), due: row.due || null, firstDue: row.first_due, dueLatest: day(row.due_latest),
    slip: Number(row.slip_days.replace('−', '-')) || 0, overdue: row.is_overdue === 'yes',
    thing: { ...things.get(`project ${row.project_id}`), firm_id: row.firm_id, country_code: row.country_code, activity_id: row.activity_id },
  };
}

// An amount as the file writes it, in thousandths; an unknown one has none.
function thousandths(text) {
  const [whole, decimals = ''] = text.replaceAll(',', '').replace('−', '-').split('.');
  const amount = Number(whole + decimals.padEnd(3, '0'));
  return Number.isNaN(amount) ? null : amount;
}

const drawSwaps = () =>
  drawRows('swaps', 'A swap permits new capacity against old capacity that is retired. Unverified: the reasons say what is not known.', [
    ['Swap', (row) => withId(row.swap_id, nameOf('project', row.project_id))], ['Activity', (row) => named(row.activity_id)],
    ['Verdict', (row) => el('span', { class: UNSURE.includes(row.verdict) ? 'unverified' : null }, row.verdict || row.status)],
    ['Reasons', (row) => row.reasons.replaceAll('_', ' ')],
    ...columnsOf(data.timelines.swaps, [['required', 'Required'], ['named', 'Named donors'], ['undisclosed', 'Undisclosed'], ['retired', 'Retired'], ['owed', 'Owed']])]);

const drawQuotas = () =>
  drawRows('quotas', 'What one holder may mine, separate or make by one notice. No holder: the national total.', [
    ['Year', (row) => row.year], ['Batch', (row) => row.batch], ['Jurisdiction', (row) => countryName(row.jurisdiction)], ['Stage', (row) => row.stage],
    ['Material', (row) => row.material], ['Holder', (row) => (row.holder_id ? data.firms[row.holder_id] ?? row.holder_id : 'all')],
    ['Amount', (row) => (row.is_withheld === 'yes' ? el('span', { class: 'unverified' }, 'withheld') : cellOf('amount')(row)), true],
    ['Cumulative', cellOf('cumulative'), true], ['Unit', (row) => row.unit], ['Event', (row) => row.events]]);

const drawRules = () =>
  drawRows('rules', 'Rules made by the as-of date, also those that are over.', [
    ['Rule', (row) => withId(row.rule_id, row.title)], ['Kind', (row) => row.kind.replaceAll('_', ' ')], ['Jurisdiction', (row) => countryName(row.jurisdiction)],
    ['Status', cellOf('status')], ['Ratio', cellOf('ratio_min'), true], ['In force from', (row) => row.in_force_from || 'not stated'],
    ['To', (row) => row.in_force_to || 'open'], ['Activities', (row) => row.activities], ['Event', (row) => row.events]]);

// An amount that is not exact, by its ends.
const spanOfSum = ({ amount_low: low, amount_high: high }) => (!low ? '' : !high ? `at least ${low}` : low === '0' ? `at most ${high}` : `${low} to ${high}`);
const drawSupport = () =>
  drawRows('support', 'Each stage of a support that was reached. Amounts of two stages are never added.', [
    ['Support', (row) => row.support_id], ['Recipient', (row) => data.firms[row.recipient_id] ?? (row.recipient_id || 'not named')],
    ['Instrument', (row) => row.instrument.replaceAll('_', ' ')], ['Stage', (row) => row.stage.replaceAll('_', ' ')], ['Since', (row) => row.since],
    ['Amount', (row) => row.amount || spanOfSum(row), true], ['Currency', (row) => row.currency], ['Jurisdiction', (row) => countryName(row.jurisdiction)], ['Event', (row) => row.events]]);

const withId = (id, name) => (name && name !== id ? el('span', null, name, ' ', el('small', null, id)) : id);

function drawRows(name, caption, columns) {
  const { rows, notes } = atDates(name);
  put(name, ...notes, rows.length ? tableOf(caption, columns, drawnRows(name, rows)) : none(name, 'None at these dates.'), ...more(rows.length));
}

function drawFirms() {
  const { rows, notes } = atDates('firms');
  const firms = holdings(rows);
  const caption = 'Operated: all of what the firm runs or builds. Controlled: all of what is under it. Attributable: by the product of its shares. Never add firms: a venture counts under each owner.';
  put('firms', ...notes, firms.length ? tableOf(caption, [
    ['Firm', (row) => withId(row.firm_id, row.firm_name)], ['Activity', (row) => named(row.activity_id)], ['Status', (row) => row.status],
    ...['operated', 'controlled', 'attributable'].map((basis) => [basis[0].toUpperCase() + basis.slice(1), cellOf(basis), true]),
    ['Not exact', (row) => (row.not_exact === '0' ? '' : row.not_exact), true],
  ], drawnRows('firms', firms)) : none('firms', 'No firm holds capacity at these dates.'), ...more(firms.length));
}

function drawOwners() {
  const { rows, notes } = atDates('stakes');
  const { owned, unknown } = ownership(rows);
  const firms = [...owned.keys()].sort((a, b) => (nameOfFirm(a) < nameOfFirm(b) ? -1 : 1));
  if (!firms.length) { body('owners').replaceChildren(...notes, none('stakes', 'No share is known at these dates.')); return; }
  const owner = firms.includes(state.owner) ? state.owner : firms.reduce((most, firm) => (owned.get(firm).length > owned.get(most).length ? firm : most));
  const choice = el('select', { id: 'owner' }, ...firms.map((firm) => el('option', { value: firm, selected: firm === owner }, nameOfFirm(firm))));
  choice.addEventListener('change', () => { state.owner = choice.value; drawOwners(); document.getElementById('owner').focus(); });
  const operated = new Map();
  for (const row of atDates('firms').rows) {
    if (row.basis === 'operated') operated.set(row.firm_id, [...(operated.get(row.firm_id) ?? []), row]); // a few of each
  }
  const { nodes, isCut } = treeOf(owned, owner);
  body('owners').replaceChildren(...notes, el('p', null, el('label', null, 'What ', choice, ' owns'), ', with its share in each, its effective share through the chain, and what each operates.'),
    el('ul', { class: 'tree' }, el('li', null, el('b', null, nameOfFirm(owner)), ...runs(operated.get(owner)), branches(nodes, operated, unknown, 1))),
    ...(isCut ? [el('p', { class: 'soft' }, `Only the first ${MOST_BRANCHES} branches are shown. policytrack holdings ${owner} --tree prints all.`)] : []));
}

const nameOfFirm = (id) => data.firms[id] ?? id;
const percent = (text) => `${text} %`;
const shareOf = (node) => (node.statedAs === 'exact' ? percent(node.stake) : node.statedAs === 'range' ? spanOf(node.low, node.high) : node.statedAs === 'majority' ? 'a majority' : 'share unknown');
const spanOf = (low, high) => (high === '' ? `at least ${percent(low)}` : Number(low) ? `${percent(low)} to ${percent(high)}` : `at most ${percent(high)}`);

function branches(nodes, operated, unknown, depth) {
  return nodes.length ? el('ul', null, ...nodes.map((node) => {
    const unheld = unknown.get(`${node.kind} ${node.id}`);
    return cut(el('li', null, el('b', null, node.kind === 'firm' ? nameOfFirm(node.id) : nameOf('facility', node.id)), node.kind === 'firm' ? '' : el('small', null, ' facility'), ' ',
      el('span', { class: node.statedAs === 'exact' ? 'share' : 'share unverified' }, shareOf(node)), depth > 1 && !node.isCycle && node.statedAs === 'exact' ? el('small', null, ` effective ${percent(effectiveText(node.effective))}`) : '',
      node.isControlled && depth === 1 ? el('small', null, ' controlled') : '',
      unheld && !node.isCycle ? el('small', { class: 'unverified' }, ` holder${node.statedAs === 'exact' ? '' : ' or share'} of ${percent(unheld)} unknown`) : '',
      node.isCycle ? el('small', null, ' (already above)') : '',
      ...(node.isCycle || node.kind !== 'firm' ? [] : runs(operated.get(node.id))), branches(node.children, operated, unknown, depth + 1)));
  })) : '';
}

const effectiveText = (share) => share.toFixed(6).replace(/\.?0+$/, '');

function runs(rows) {
  return (rows ?? []).filter((row) => row.capacity !== '0').map((row) => el('small', { class: 'runs' }, `${row.status === 'pending' ? 'builds' : 'runs'} ${row.capacity} ${row.unit}, ${activityName(row.activity_id)}`));
}

const EVENT_ID = /^event:([0-9a-f]{8})-[0-9a-f-]{27}$/;
function drawFindings() {
  const { columns, rows, count } = data.findings;
  const cells = columns.map((name, at) => [name.replaceAll('_', ' '), (row) => el('span', { class: UNSURE.includes(row[at]) ? 'unverified' : null, title: EVENT_ID.test(row[at]) ? row[at] : null }, row[at].replace(EVENT_ID, 'event $1'))]);
  body('findings').replaceChildren(rows.length ? tableOf(`As of ${data.as_of}, known at ${data.known_at}: the dates of the report. The sliders do not change them.`, cells, rows) : el('p', null, 'None.'),
    ...(count > rows.length ? [el('p', { class: 'soft' }, `${count - rows.length} more are not in this file. policytrack check lists them.`)] : []));
}
