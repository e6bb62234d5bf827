// The sliders of a page: a move loads the page at the new dates and puts its content in place. Everything works without
// this script too, by the form.
'use strict';

const NEWS_EVERY = 10000;
const form = document.getElementById('dates');
const DATES = ['as-of', 'known-at'].map((name) => ({ field: document.getElementById(name), slider: document.getElementById(`${name}-slider`) }));

function addressOf(form) {
  const parts = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) parts.append(name, value);
  return `${location.pathname}?${parts}`;
}

// One page is loaded at a time; while it is, only the last move waits.
let isLoading = false, waiting = null;
async function show(address, keeps) {
  if (isLoading) { waiting = [address, keeps]; return; }
  isLoading = true;
  const main = document.getElementById('main');
  main.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' } });
    put(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    if (keeps) history.replaceState(null, '', address);
  } catch {
    document.getElementById('new-events').textContent = 'The server does not answer. Is it running?';
  }
  document.getElementById('main').removeAttribute('aria-busy');
  isLoading = false;
  if (waiting) { const [next, kept] = waiting; waiting = null; show(next, kept); }
}

function put(loaded) {
  for (const old of document.querySelectorAll('[data-live]')) {
    const fresh = loaded.querySelector(`[data-live="${old.dataset.live}"]`);
    if (fresh) old.replaceWith(document.adoptNode(fresh));
  }
  document.title = loaded.title;
  if (loaded.body.dataset.head) document.body.dataset.head = loaded.body.dataset.head;
  drawCharts();
  drawMaps();
  loadLater();
}

// The tables below, one after another, once the sliders rest.
const REST = 250, FEW_ROWS = 25;
let resting = 0;
function loadLater() {
  clearTimeout(resting);
  resting = setTimeout(async () => {
    const main = document.getElementById('main');
    for (const section of main.querySelectorAll('section[data-later]')) {
      if (!section.isConnected) return; // the page has moved on
      const answer = await fetch(section.dataset.later);
      const loaded = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(section.id);
      if (section.isConnected && loaded) replaceBody(section, document.adoptNode(loaded));
    }
  }, REST);
}

function replaceBody(section, loaded) {
  const rows = [...loaded.querySelectorAll('tbody tr')];
  for (const row of rows.slice(FEW_ROWS)) row.remove();
  const all = rows.length > FEW_ROWS ? [el('p', { class: 'soft' }, el('a', { href: section.dataset.later }, 'All rows'), ` (${FEW_ROWS} are shown)`)] : [];
  section.replaceChildren(section.querySelector('h2'), ...[...loaded.children].filter((child) => child.tagName !== 'H2'), ...all);
  delete section.dataset.later;
}

function setUp({ field, slider }) {
  slider.min = dayOf(slider.dataset.first);
  slider.max = dayOf(slider.dataset.last);
  slider.hidden = false;
  const shown = () => { slider.value = dayOf(field.value); slider.setAttribute('aria-valuetext', field.value); };
  shown();
  slider.addEventListener('input', () => { field.value = isoOf(Number(slider.value)); shown(); show(addressOf(form), true); });
  field.addEventListener('change', () => { if (field.value) { shown(); show(addressOf(form), true); } });
}

// Charts --------------------------------------------------------------------------------------------------------------

// The levels of a chart: the figures of all countries of a day, in thousandths, from the API.
function levelsOf(rows) {
  const days = new Map();
  const amount = (value) => Math.round(1000 * (value ?? 0));
  for (const row of rows) {
    const level = days.get(row.as_of) ?? { operating: 0, owed: 0, replacement: 0, growth: 0 };
    const pending = amount(row.pending_gross), replaced = Math.min(amount(row.pending_retiring), pending);
    level.operating += amount(row.net);
    level.owed += amount(row.owed_retirement);
    level.replacement += replaced;
    level.growth += pending - replaced;
    days.set(row.as_of, level);
  }
  return [...days].map(([day, level]) => [dayOf(day), level]).sort((a, b) => a[0] - b[0]);
}

async function drawCharts() {
  for (const figure of document.querySelectorAll('figure[data-series]')) {
    try {
      const answer = await (await fetch(figure.dataset.series)).json();
      const levels = levelsOf(answer.rows);
      if (!levels.length) { figure.replaceChildren(el('p', { class: 'soft' }, 'Nothing counts at the ends of quarters before this date.')); continue; }
      const last = Math.max(levels.at(-1)[0] + 91, dayOf(figure.dataset.mark) + 30);
      const parts = [['operating', 'net operating'], ['owed', 'operating, but owed to swaps'], ['replacement', 'pending, replaces old capacity'], ['growth', 'pending, new']];
      const chart = stackedLevels(figure.dataset.title, levels, ['operating', 'owed', 'replacement', 'growth'], levels[0][0], last, dayOf(figure.dataset.mark));
      figure.replaceChildren(chart, legend(parts), saveButtons(chart, 'course', figure.dataset.title, parts, () => document.getElementById('cited').textContent));
    } catch {
      figure.replaceChildren(el('p', { class: 'soft' }, 'The chart could not be loaded. The table has the same figures.'));
    }
  }
}

// A map of the facilities of one activity, the one with most of them, with circles in proportion to what operates.
async function drawMaps() {
  for (const figure of document.querySelectorAll('figure[data-places]')) {
    try {
      const { rows, count } = await (await fetch(figure.dataset.places)).json();
      const numbers = new Map();
      for (const row of rows) numbers.set(row.activity_id, (numbers.get(row.activity_id) ?? 0) + 1);
      const [activity] = [...numbers].sort((a, b) => b[1] - a[1])[0] ?? [];
      if (activity === undefined) { figure.replaceChildren(el('p', { class: 'soft' }, 'No map: no coordinates of these facilities are recorded.')); continue; }
      const shown = rows.filter((row) => row.activity_id === activity), { activity_name: name, unit } = shown[0];
      const said = (value) => (value === null ? 'unknown' : shownAmount(Math.round(1000 * value)));
      const title = `Operating capacity of ${name ?? activity}, in ${unit}`;
      const map = placesOnGrid(title, shown.map((row) => ({ latitude: Number(row.latitude), longitude: Number(row.longitude), amount: Number(row.operating ?? 0),
        label: `${row.name ?? row.facility_id}: ${said(row.operating)} ${unit}` })));
      const rest = count > rows.length ? ` Of ${count.toLocaleString('en-US')} places, the ${rows.length.toLocaleString('en-US')} with most capacity are looked at.` : '';
      figure.replaceChildren(el('p', { class: 'soft' }, `${title}: each circle is a facility, its area in proportion.${rest}`), map,
        saveButtons(map, 'facilities', title, [], () => document.getElementById('cited').textContent));
    } catch {
      figure.replaceChildren(el('p', { class: 'soft' }, 'The map could not be loaded. The table has the same figures.'));
    }
  }
}

// News ------------------------------------------------------------------------------------------------------------

async function lookForNews() {
  if (document.hidden || document.body.dataset.pinned !== undefined) return;
  try {
    const { head } = await (await fetch('/api/v1/head')).json();
    const count = head - Number(document.body.dataset.head);
    const place = document.getElementById('new-events');
    if (count > 0) {
      place.replaceChildren(el('a', { href: addressOf(form) }, `${count} new ${count === 1 ? 'event' : 'events'}: reload`));
    } else place.replaceChildren();
  } catch {
    document.getElementById('new-events').textContent = 'The server does not answer. Is it running?';
  }
}

if (form) {
  document.documentElement.classList.add('with-script');
  DATES.forEach(setUp);
  setInterval(lookForNews, NEWS_EVERY);
}
drawCharts();
drawMaps();
loadLater();
