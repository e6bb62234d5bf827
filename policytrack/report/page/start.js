// The dates: reads them from the sliders or the address, and draws each section again when they change.

function draw(isFirst = false) {
  for (const [name, day] of [['as-of', state.asOf], ['known-at', state.knownAt]]) {
    document.getElementById(name).value = isoOf(day);
    document.getElementById(`${name}-slider`).value = day;
    document.getElementById(`${name}-slider`).setAttribute('aria-valuetext', isoOf(day));
  }
  document.getElementById('country').value = state.country;
  document.getElementById('activity').value = state.activity;
  const isNear = ([id]) => {
    const { top, bottom } = document.getElementById(id).getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  };
  const near = isFirst && data.steps.rows < MANY_STEPS ? SECTIONS : SECTIONS.filter(isNear);
  for (const section of SECTIONS) if (!near.includes(section)) waiting.add(section);
  for (const section of near) { waiting.delete(section); section[1](); }
  clearTimeout(resting);
  resting = setTimeout(drawWaiting, 120);
  document.getElementById('status').textContent = `As of ${isoOf(state.asOf)}, known at ${isoOf(state.knownAt)}`;
}

// While a slider moves, what is in view is drawn at once, and the rest once the slider rests; with many steps also at first.
const MANY_STEPS = 2000;
const SECTIONS = [
  ['nation', drawNation], ['course', drawCourse], ['facilities', drawFacilities], ['pipeline', drawPipeline], ['firms', drawFirms],
  ['owners', drawOwners], ['swaps', drawSwaps], ['quotas', drawQuotas], ['rules', drawRules], ['support', drawSupport],
  ['news', drawNews], ['events', drawEvents],
];
for (const id of data.about.length ? ['nation', 'course', 'rules'] : []) { // a report of firms has no sums of nations
  document.getElementById(id).remove();
  SECTIONS.splice(SECTIONS.findIndex(([name]) => name === id), 1);
}
if (data.about.length) {
  document.getElementById('main').prepend(document.getElementById('firms'));
  document.querySelector('#firms h2').textContent = data.about.length === 1 ? 'What the firm holds' : 'What the firms hold';
}
const waiting = new Set();
let resting = 0;
// One section at a time, so that a slider that moves on does not wait for all.
function drawWaiting() {
  state.isMoving = false;
  const [section] = waiting;
  if (section === undefined) return;
  waiting.delete(section);
  section[1]();
  resting = setTimeout(drawWaiting);
}

function drawAll() {
  clearTimeout(resting);
  state.isMoving = false;
  for (const section of waiting) section[1]();
  waiting.clear();
}

let isWaiting = false;
function changed() {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => { isWaiting = false; state.isMoving = true; draw(); keepAddress(); });
}

function keepAddress() {
  const parts = new URLSearchParams({ as_of: isoOf(state.asOf), known_at: isoOf(state.knownAt), head: data.head });
  if (state.country) parts.set('country', state.country);
  if (state.activity) parts.set('activity', state.activity);
  history.replaceState(null, '', `#${parts}`);
}

function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const day = (name, slider) => {
    const text = parts.get(name);
    return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) ? within(slider, dayOf(text)) : LAST[slider];
  };
  state.asOf = day('as_of', 'as-of');
  state.knownAt = day('known_at', 'known-at');
  const head = parts.get('head');
  document.getElementById('other-head').textContent = head && head !== String(data.head)
    ? `The address is of a report of e1–e${head.replace(/[^0-9]/g, '')}. This file has e1–e${data.head}, so its figures may differ.` : '';
  state.country = chosen('country', parts);
  state.activity = chosen('activity', parts);
}

function chosen(name, parts) {
  const options = [...document.getElementById(name).options].map((option) => option.value);
  return options.includes(parts.get(name)) ? parts.get(name) : '';
}

function within(name, day) {
  const inside = Math.min(Math.max(day, FIRST[name]), LAST[name]);
  return Math.max(endOfPeriod(data.period, inside, LAST[name]), FIRST[name]);
}

function setDay(name, day) {
  if (Number.isNaN(day)) return;
  state[name === 'as-of' ? 'asOf' : 'knownAt'] = within(name, day);
  changed();
}

function move(name, direction) {
  const column = data.about.length ? daysOfTables(name) : name === 'as-of' ? data.steps.effective_on : data.steps.known_on;
  const now = name === 'as-of' ? state.asOf : state.knownAt;
  const days = column.filter((day) => (direction > 0 ? day > now && day <= LAST[name] : day < now && day >= FIRST[name]));
  if (days.length) setDay(name, direction > 0 ? least(days, Infinity) : -least(days.map((day) => -day), Infinity));
}

// All texts of a column of the tables.
function textsOf(name) {
  const texts = Object.values(data.timelines).flatMap((table) => (table.names.includes(name) ? table.keys.map((key) => key[table.names.indexOf(name)]) : []));
  return { texts };
}

// The days on which a table of the file changes.
function daysOfTables(name) {
  const from = name === 'as-of' ? 'effective_from' : 'known_from';
  return Object.values(data.timelines).flatMap((table) => table[from]);
}

function start() {
  document.getElementById('about').replaceChildren(...data.about.map((facts) => el('dl', { class: 'facts' }, ...facts.map(([name, text]) => el('div', null, el('dt', null, name), el('dd', null, text))))));
  document.getElementById('title').textContent = data.title;
  document.getElementById('cited').textContent = `policytrack ledger, events e1–e${data.head} (sha256:${data.digest.slice(0, 12)}), as of up to ${data.as_of}, known at up to ${data.known_at}`;
  const options = (column, name) => [el('option', { value: '' }, 'all'), ...[...new Set(column.texts)].filter(Boolean).sort((a, b) => (name(a) < name(b) ? -1 : 1)).map((id) => el('option', { value: id }, name(id)))];
  document.getElementById('country').append(...options(data.about.length ? textsOf('country_code') : data.steps.country_code, countryName));
  document.getElementById('activity').append(...options(data.about.length ? textsOf('activity_id') : data.steps.activity_id, activityName));
  for (const name of ['as-of', 'known-at']) {
    const slider = document.getElementById(`${name}-slider`), field = document.getElementById(name);
    for (const input of [slider, field]) {
      input.min = input === slider ? FIRST[name] : isoOf(FIRST[name]);
      input.max = input === slider ? LAST[name] : isoOf(LAST[name]);
    }
    slider.addEventListener('input', () => setDay(name, Number(slider.value)));
    field.addEventListener('change', () => { if (field.value) setDay(name, dayOf(field.value)); });
  }
  for (const name of ['country', 'activity']) {
    document.getElementById(name).addEventListener('change', (event) => { state[name] = event.target.value; changed(); });
  }
  for (const button of document.querySelectorAll('[data-move]')) {
    const [name, direction] = button.dataset.move.split(' ');
    button.addEventListener('click', () => move(name, Number(direction)));
  }
  document.getElementById('dates').addEventListener('submit', (event) => event.preventDefault());
  document.getElementById('reset').addEventListener('click', () => { state.asOf = LAST['as-of']; state.knownAt = LAST['known-at']; changed(); });
  addEventListener('hashchange', () => { readAddress(); draw(true); });
  addEventListener('beforeprint', drawAll);
  drawFindings();
  document.getElementById('left-out').append(...data.left_out.map((sentence) => el('li', null, sentence)));
  document.getElementById('contents').append(...[...document.querySelectorAll('main section')].map((section) => {
    const link = el('button', { type: 'button', onclick: () => section.scrollIntoView() }, section.querySelector('h2').textContent);
    return el('li', null, link);
  }));
  keepClear();
  addEventListener('resize', keepClear);
  readAddress();
  draw(true);
}

// What is scrolled to stays clear of the bar with the dates.
function keepClear() {
  document.documentElement.style.scrollPaddingTop = `${document.getElementById('dates').offsetHeight + 8}px`;
}

start();
