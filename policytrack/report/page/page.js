// The state of the page and its sections on national capacity, pending projects and events; `start.js` starts it.

const data = JSON.parse(document.getElementById('data').textContent);
data.events = decodedEvents(data.events);
for (const name of Object.keys(data.timelines)) data.timelines[name] = decodedTable(data.timelines[name]);
data.readSteps = reader(data.steps);
data.readSpans = reader(data.spans);
const things = new Map(data.things.map((thing) => [`${thing.kind} ${thing.id}`, thing]));
const events = new Map(data.events.map((event) => [event.position, event]));
const LAST = { 'as-of': dayOf(data.as_of), 'known-at': dayOf(data.known_at) };
const FIRST = {
  'as-of': least([...data.steps.effective_on.filter((day) => day > dayOf('1900-01-01')), ...data.events.map((event) => event.effective_latest)], LAST['as-of']),
  'known-at': least([...data.steps.known_on, ...data.events.map((event) => event.known_on)], LAST['known-at']),
};
const isByPeriod = data.period !== 'day';
const MOST_ROWS = 200, FEW_ROWS = 25;
const state = { asOf: LAST['as-of'], knownAt: LAST['known-at'], country: '', activity: '', since: data.since ? 0 : 365, search: '', isMoving: false };
const body = (id) => document.querySelector(`#${id} .body`);
const nameOf = (kind, id) => things.get(`${kind} ${id}`)?.name ?? id ?? 'not registered';
const activityName = (id) => data.activities[id]?.[0] ?? id ?? '';
const unitOf = (id) => data.activities[id]?.[1] ?? '';
const named = (id) => el('span', null, activityName(id), ' ', el('small', { class: 'unit' }, unitOf(id)));
const countryName = (code) => data.countries[code] ?? (code || 'not registered');

function wanted(row) {
  if (!state.country && !state.activity) return true;
  return (!state.country || data.readSteps.country_code(row) === state.country)
    && (!state.activity || data.readSteps.activity_id(row) === state.activity);
}

// Where the figures of the page come from, for files that leave it.
function origin() {
  return `policytrack ledger ${data.ledger}, e1–e${data.head} (sha256:${data.digest.slice(0, 12)}), as of ${isoOf(state.asOf)}, known at ${isoOf(state.knownAt)}`;
}

// The rows of a table that are drawn: while a slider moves, those that its box shows without scrolling, and the others at rest.
function drawnRows(id, rows, most = MOST_ROWS) {
  const isCut = state.isMoving && rows.length > FEW_ROWS && !body(id).querySelector('.scroll')?.scrollTop;
  if (isCut) waiting.add(SECTIONS.find(([name]) => name === id));
  return rows.slice(0, isCut ? FEW_ROWS : most);
}

// Replaces the content of a section; its table stays scrolled.
function put(id, ...children) {
  const top = body(id).querySelector('.scroll')?.scrollTop;
  body(id).replaceChildren(...children);
  if (top) body(id).querySelector('.scroll')?.scrollTo(0, top);
}

// Sections ------------------------------------------------------------------------------------------------------

function drawNation() {
  const rows = nation(data, state.asOf, state.knownAt, wanted);
  if (!rows.length) { body('nation').replaceChildren(el('p', null, 'No capacity counts at these dates.')); return; }
  const figures = FIGURES.map(([figure, heading, of]) => [heading, (row) => (isByPeriod ? shownAmount(of(row.sum)) : el('button', {
    type: 'button', class: 'figure', 'aria-label': `${heading}, ${countryName(row.country)}, ${activityName(row.activity)}: ${shownAmount(of(row.sum))}; explain`,
    onclick: () => explain(row, figure),
  }, shownAmount(of(row.sum)))), true]);
  put('nation', tableOf(`Each facility counts once. Figures of two activities are never added.${isByPeriod ? '' : ' Choose a figure to see the events behind it.'}`, [
    ['Country', (row) => countryName(row.country)], ['Activity', (row) => named(row.activity)], ...figures,
    ['Not exact', (row) => (row.sum.unknowns ? String(row.sum.unknowns) : ''), true],
  ], drawnRows('nation', rows, rows.length)));
}

function drawCourse() {
  const activity = state.activity || mainActivity();
  if (!activity) { body('course').replaceChildren(el('p', null, 'No capacity counts at these dates.')); return; }
  const of = (row) => data.readSteps.activity_id(row) === activity && (!state.country || data.readSteps.country_code(row) === state.country);
  const levels = course(data, state.knownAt, LAST['as-of'], of).map(([day, sum]) => [day, {
    operating: sum.installed - sum.idle - sum.owed, owed: sum.owed,
    replacement: Math.min(sum.pending_retiring, sum.pending_gross), growth: sum.pending_gross - Math.min(sum.pending_retiring, sum.pending_gross),
  }]);
  const first = Math.max(FIRST['as-of'], LAST['as-of'] - 40 * 366);
  const title = `${activityName(activity)}, ${state.country ? countryName(state.country) : 'all countries'}, in ${unitOf(activity)}`;
  const parts = [['operating', 'net operating'], ['owed', 'operating, but owed to swaps'], ['replacement', 'pending, replaces old capacity'], ['growth', 'pending, new']];
  const chart = stackedLevels(title, levels, ['operating', 'owed', 'replacement', 'growth'], first, LAST['as-of'], state.asOf);
  body('course').replaceChildren(
    el('p', { class: 'soft' }, `${title}, as known at ${isoOf(state.knownAt)}. The dashed line is the as-of date.`),
    framed(chart), legend(parts), saveButtons(chart, 'course', title, parts, origin));
}

function mainActivity() {
  const count = new Map();
  for (let row = 0; row < data.steps.rows; row += 1) {
    if (!wanted(row)) continue;
    const id = data.readSteps.activity_id(row);
    count.set(id, (count.get(id) ?? 0) + 1);
  }
  return [...count].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function drawFacilities() {
  if (data.timelines.facilities) { drawOperated(); return; }
  if (isByPeriod) { body('facilities').replaceChildren(el('p', null, `The file of this ledger adds up capacity by ${data.period}s, without facilities. policytrack serve shows them.`)); return; }
  const rows = facilities(data, state.asOf, state.knownAt, things)
    .filter((row) => (!state.country || row.thing.country_code === state.country) && (!state.activity || row.activity === state.activity))
    .sort((a, b) => compare(countryName(a.thing.country_code), countryName(b.thing.country_code)) || compare(a.activity, b.activity) || b.sum.installed - a.sum.installed);
  if (!rows.length) { body('facilities').replaceChildren(el('p', null, 'No facility has capacity at these dates.')); return; }
  const activity = state.activity || mainOf(rows, (row) => row.activity);
  const isPlaced = (row) => row.activity === activity && row.thing.latitude !== null && row.thing.latitude !== undefined;
  const placed = rows.filter(isPlaced), without = rows.filter((row) => row.activity === activity).length - placed.length;
  const title = `Operating capacity of ${activityName(activity)}, in ${unitOf(activity)}`;
  const places = placed.map((row) => ({ latitude: Number(row.thing.latitude), longitude: Number(row.thing.longitude), amount: row.sum.installed - row.sum.idle,
    label: `${row.thing.name ?? row.thing.id}: ${shownAmount(row.sum.installed - row.sum.idle)} ${unitOf(activity)}` }));
  const map = placed.length ? placesOnGrid(title, places) : null;
  put('facilities',
    ...(map ? [el('p', { class: 'soft' }, `${title}: each circle is a facility, its area in proportion.`), framed(map), saveButtons(map, 'facilities', title, [], origin)] : []),
    el('p', { class: without ? 'unplaced' : 'soft' }, without ? `Not on the map: ${without} of ${placed.length + without} facilities of ${activityName(activity)}, whose coordinates are not recorded.` : 'All facilities of this activity are on the map.'),
    tableOf('Facilities with capacity at these dates', [
      ['Country', (row) => countryName(row.thing.country_code)], ['Region', (row) => row.thing.region_code ?? ''],
      ['Facility', (row) => withId(row.thing.id, row.thing.name)], ['Activity', (row) => named(row.activity)],
      ['Installed', (row) => shownIfKnown(row, row.sum.installed), true], ['Idle', (row) => shownAmount(row.sum.idle), true],
      ['Operating', (row) => shownIfKnown(row, row.sum.installed - row.sum.idle), true],
      ['Not exact', (row) => (row.sum.unknowns ? 'yes' : '')],
    ], drawnRows('facilities', rows)), ...more(rows.length));
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// An amount of a facility of which an event gives no exact figure: without any known part it is unknown, not zero.
const shownIfKnown = (row, amount) => (row.sum.unknowns && !amount ? el('span', { class: 'unverified' }, 'unknown') : shownAmount(amount));

// The commonest value of some rows.
function mainOf(rows, of) {
  const count = new Map();
  for (const row of rows) count.set(of(row), (count.get(of(row)) ?? 0) + 1);
  return [...count].sort((a, b) => b[1] - a[1])[0][0];
}

// A project at the facility where it is at a pair of dates; a file has the place of most projects once.
const movesOf = new Map();
for (const move of data.moves) movesOf.set(move.project_id, [...(movesOf.get(move.project_id) ?? []), move]);
function placed(thing, asOf, knownAt) {
  const move = (movesOf.get(thing.id) ?? []).findLast((one) => one.effective_on <= asOf && one.known_on <= knownAt && one.known_to > knownAt);
  if (!move) return thing;
  const { country_code, region_code } = things.get(`facility ${move.facility_id}`) ?? {};
  return { ...thing, facility_id: move.facility_id, country_code, region_code };
}

function pendingRows() {
  const read = data.readSteps;
  const ofProject = sums(data, state.asOf, state.knownAt, read.id, isOfKind(data, 'project'));
  return pending(data, state.asOf, state.knownAt).map((row) => {
    const thing = placed(things.get(`project ${row.id}`) ?? {}, state.asOf, state.knownAt);
    return { ...row, thing, retiring: ofProject.get(row.id)?.pending_retiring ?? 0 };
  }).filter((row) => (!state.country || row.thing.country_code === state.country) && (!state.activity || row.thing.activity_id === state.activity))
    .sort((a, b) => (a.dueLatest ?? Infinity) - (b.dueLatest ?? Infinity) || (a.id < b.id ? -1 : 1));
}

function drawPipeline() {
  const ofFirms = data.timelines.pending ? atDates('pending') : null;
  const rows = ofFirms ? ofFirms.rows.map(pendingOf) : pendingRows();
  if (!rows.length) { body('pipeline').replaceChildren(el('p', null, 'No project is pending at these dates.')); return; }
  const activity = state.activity || mainOf(rows, (row) => row.thing.activity_id);
  const years = new Map();
  for (const row of rows) {
    if (row.thing.activity_id !== activity) continue;
    const year = row.dueLatest === null ? 'no date' : isoOf(row.dueLatest).slice(0, 4);
    const bar = years.get(year) ?? { replacement: 0, growth: 0 };
    const replaced = Math.min(row.retiring, row.remaining ?? 0);
    bar.replacement += replaced;
    bar.growth += (row.remaining ?? 0) - replaced;
    years.set(year, bar);
  }
  const title = `Pending ${activityName(activity)} by due year, in ${unitOf(activity)}`;
  const chart = stackedBars(title, [...years].sort(([a], [b]) => (a < b ? -1 : 1)), ['replacement', 'growth']);
  const parts = [['replacement', 'replaces old capacity'], ['growth', 'new']];
  put('pipeline', ...(ofFirms?.notes ?? []),
    el('p', { class: 'soft' }, title),
    framed(chart), legend(parts), saveButtons(chart, 'pipeline', title, parts, origin),
    tableOf(`${rows.length} pending at these dates`, [
      ['Project', (row) => row.thing.name ?? row.id], ['Firm', (row) => data.firms[row.thing.firm_id] ?? ''],
      ['Facility', (row) => nameOf('facility', row.thing.facility_id)], ['Country', (row) => countryName(row.thing.country_code)], ['Activity', (row) => named(row.thing.activity_id)],
      ['Status', (row) => row.status], ['Planned', (row) => shownAmount(row.planned), true],
      ['Remaining', (row) => shownAmount(row.remaining), true], ['Of that, replacement', (row) => shownAmount(row.retiring), true],
      ['Due', (row) => el('span', { class: row.overdue ? 'overdue' : null }, (row.due ?? 'not stated') + (row.overdue ? ' (overdue)' : ''))],
      ['Slip', (row) => (row.slip ? `${row.slip} days from ${row.firstDue}` : '')],
    ], drawnRows('pipeline', rows)), ...more(rows.length));
}

function isShown(event) { return event.known_on <= state.knownAt && event.effective_latest <= state.asOf; }

function sourcesOf(event) {
  return el('span', null, ...event.sources.flatMap((source, at) => [
    at ? '; ' : '', source.url ? linkTo(source.url, source.title) : source.title,
    [source.publisher, source.published_on, source.class].filter(Boolean).length ? ` (${[source.publisher, source.published_on, source.class].filter(Boolean).join(', ')})` : '',
  ]));
}

const EVENT_COLUMNS = [
  ['Event', (event) => `e${event.position}`], ['Effective', (event) => event.effective], ['Known on', (event) => isoOf(event.known_on)],
  ['What', (event) => event.summary], ['Certainty', (event) => event.assertion],
  ['Superseded', (event) => (event.superseded_by ? `by e${event.superseded_by}` : '')], ['Sources', sourcesOf],
];

function drawNews() {
  const since = state.since ? state.knownAt - state.since : dayOf(data.since) - 1;
  const rows = data.events.filter((event) => isShown(event) && event.known_on > since).reverse();
  const choice = el('select', { id: 'since' }, ...[...(data.since ? [[0, `since ${data.since}`]] : []), [30, 'in the last 30 days'], [91, 'in the last 3 months'], [365, 'in the last year'], [1096, 'in the last 3 years']].map(
    ([days, text]) => el('option', { value: days, selected: days === state.since }, text)));
  choice.addEventListener('change', () => { state.since = Number(choice.value); drawNews(); });
  put('news', el('p', null, el('label', null, 'Became known ', choice), ` up to ${isoOf(state.knownAt)}: ${rows.length} events`),
    ...(rows.length ? [tableOf('The newest first', EVENT_COLUMNS, drawnRows('news', rows)), ...more(rows.length)] : []));
}

function more(count) {
  return count > MOST_ROWS ? [el('p', { class: 'soft' }, `${count - MOST_ROWS} more are not shown. Choose a country or an activity.`)] : [];
}

function drawEvents() {
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = data.events.filter((event) => isShown(event) && words.every((word) => textOf(event).includes(word)));
  let list = body('events').querySelector('.list');
  if (!list) {
    const search = el('input', { type: 'search', id: 'search', value: state.search });
    search.addEventListener('input', () => { state.search = search.value; drawEvents(); });
    list = el('div', { class: 'list' });
    body('events').replaceChildren(el('p', null, el('label', null, 'Search in events, ids and sources: ', search)), list);
  }
  list.replaceChildren(el('p', { class: 'soft' }, `${rows.length} events`), ...(rows.length ? [tableOf('In the order of recording', EVENT_COLUMNS, drawnRows('events', rows)), ...more(rows.length)] : []));
}

function textOf(event) {
  event.text ??= [`e${event.position}`, event.type, event.summary, ...event.subjects, ...event.sources.flatMap((source) => [source.title, source.publisher ?? ''])].join(' ').toLowerCase();
  return event.text;
}

// Why -------------------------------------------------------------------------------------------------------------

// The things whose steps add up to a figure, the largest first, each with its events.
function leavesOf(row, figure) {
  const of = FIGURES.find(([name]) => name === figure)[2], read = data.readSteps, steps = data.steps;
  const leaves = new Map();
  for (let at = 0; at < steps.rows; at += 1) {
    if (steps.effective_on[at] > state.asOf || steps.known_on[at] > state.knownAt) continue;
    if ((read.country_code(at) ?? '') !== row.country || read.activity_id(at) !== row.activity) continue;
    const amount = of({ installed: steps.installed[at], idle: steps.idle[at], owed: steps.owed[at], pending_gross: steps.pending_gross[at], pending_retiring: steps.pending_retiring[at] });
    if (!amount) continue;
    const key = `${read.kind(at)} ${read.id(at)}`;
    const leaf = leaves.get(key) ?? { kind: read.kind(at), id: read.id(at), amount: 0, events: new Map() };
    leaf.amount += amount;
    leaf.events.set(steps.position[at], (leaf.events.get(steps.position[at]) ?? 0) + amount);
    leaves.set(key, leaf);
  }
  return [...leaves.values()].filter((leaf) => leaf.amount !== 0 || [...leaf.events.values()].some(Boolean)).sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount) || (a.id < b.id ? -1 : 1));
}

function explain(row, figure) {
  const [, heading, of] = FIGURES.find(([name]) => name === figure);
  const leaves = leavesOf(row, figure), total = leaves.reduce((sum, leaf) => sum + leaf.amount, 0);
  const dialog = document.getElementById('why');
  dialog.querySelector('.body').replaceChildren(
    el('button', { type: 'button', class: 'close', onclick: () => dialog.close() }, 'Close'),
    el('h2', { id: 'why-title' }, `${heading}: ${shownAmount(of(row.sum))} ${unitOf(row.activity)}`),
    el('p', null, `${countryName(row.country)}, ${activityName(row.activity)}, as of ${isoOf(state.asOf)}, known at ${isoOf(state.knownAt)}. ${leaves.length} facilities and projects add up to ${shownAmount(total)}.`),
    ...leaves.map((leaf) => el('details', null,
      el('summary', null, nameOf(leaf.kind, leaf.id), el('small', null, ` ${leaf.kind}`), el('span', { class: 'number' }, shownAmount(leaf.amount))),
      tableOf('Events that changed it', [['Amount', ([, amount]) => shownAmount(amount), true], ...EVENT_COLUMNS.map(([name, cell]) => [name, ([position]) => (events.has(position) ? cell(events.get(position)) : name === 'Event' ? `e${position}` : '')])],
        [...leaf.events].filter(([, amount]) => amount).sort((a, b) => a[0] - b[0])))));
  dialog.showModal();
}
