// Draws stacked charts as SVG: levels that hold between changes, and bars by year. Capacity to replace is hatched.

const WIDTH = 900, HEIGHT = 260, LEFT = 70, BOTTOM = 24, TOP = 10;

function niceTop(most) {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((step) => step * power).find((top) => top >= most);
}

function frame(label, top, ...marks) {
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const lines = [0, 0.25, 0.5, 0.75, 1].map((part) => svg('g', null,
    svg('line', { class: 'axis', x1: LEFT, x2: WIDTH, y1: y(part * top), y2: y(part * top) }),
    svg('text', { x: LEFT - 6, y: y(part * top) + 4, 'text-anchor': 'end' }, shownAmount(part * top))));
  const hatch = svg('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { class: 'hatch', width: 6, height: 6 }), svg('line', { class: 'hatched', y2: 6, 'stroke-width': 5 }));
  return svg('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
    svg('defs', null, hatch), ...lines, ...marks);
}

// A chart that scrolls on a phone, where it would be too small to read.
const framed = (chart) => el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': chart.getAttribute('aria-label') }, chart);

function legend(parts) {
  return el('ul', { class: 'legend' }, ...parts.map(([kind, text]) => el('li', null,
    svg('svg', { viewBox: '0 0 14 10', 'aria-hidden': 'true' }, svg('rect', { class: kind, width: 14, height: 10 })), text)));
}

// Stacked levels over time. `levels` is [[day, {kind: amount}], …], `kinds` from the bottom to the top.
function stackedLevels(label, levels, kinds, first, last, marked) {
  const total = (level) => kinds.reduce((sum, kind) => sum + Math.max(0, level[kind]), 0);
  const top = niceTop(Math.max(...levels.map(([, level]) => total(level)), 0));
  const x = (day) => LEFT + (WIDTH - LEFT - 4) * (Math.min(Math.max(day, first), last) - first) / Math.max(1, last - first);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const outlines = new Map(kinds.map((kind) => [kind, []])), at2 = (value) => Math.round(value * 100) / 100;
  // Of the levels within one point of the picture, the last one is drawn.
  levels = levels.filter(([day], at) => at + 1 === levels.length || Math.floor(x(day)) !== Math.floor(x(levels[at + 1][0])));
  levels.forEach(([day, level], at) => {
    const end = at + 1 < levels.length ? levels[at + 1][0] : last;
    if (end <= first || day > last) return;
    let base = 0;
    for (const kind of kinds) {
      const amount = Math.max(0, level[kind]);
      if (amount) outlines.get(kind).push(`M${at2(x(day))} ${at2(y(base + amount))}H${at2(Math.max(x(day) + 0.5, x(end)))}V${at2(y(base))}H${at2(x(day))}Z`);
      base += amount;
    }
  });
  // One path for each kind: thousands of rectangles take a browser longer than all sums of the page.
  const marks = [...outlines].filter(([, parts]) => parts.length).map(([kind, parts]) => svg('path', { class: kind, d: parts.join('') }));
  for (const year of yearsBetween(first, last)) {
    marks.push(svg('text', { x: x(dayOf(`${year}-01-01`)), y: HEIGHT - 6 }, String(year)));
  }
  marks.push(svg('line', { class: 'mark', x1: x(marked), x2: x(marked), y1: TOP, y2: HEIGHT - BOTTOM }));
  return frame(label, top, ...marks);
}

function yearsBetween(first, last) {
  const from = Number(isoOf(first).slice(0, 4)) + 1, to = Number(isoOf(last).slice(0, 4));
  const every = Math.max(1, Math.ceil((to - from + 1) / 12));
  const years = [];
  for (let year = from; year <= to; year += every) years.push(year);
  return years;
}

// Stacked bars. `bars` is [[name, {kind: amount}], …].
function stackedBars(label, bars, kinds) {
  const top = niceTop(Math.max(...bars.map(([, bar]) => kinds.reduce((sum, kind) => sum + Math.max(0, bar[kind]), 0)), 0));
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const slot = (WIDTH - LEFT) / bars.length, width = Math.min(60, slot * 0.7);
  const marks = bars.flatMap(([name, bar], at) => {
    const x = LEFT + slot * at + (slot - width) / 2;
    let base = 0;
    const drawn = [];
    for (const kind of kinds) {
      const amount = Math.max(0, bar[kind]);
      if (amount) drawn.push(svg('rect', { class: kind, x, width, y: y(base + amount), height: y(base) - y(base + amount) }));
      base += amount;
    }
    return [...drawn, svg('text', { x: x + width / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }, name)];
  });
  return frame(label, top, ...marks);
}
