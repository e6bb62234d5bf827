// Draws places on a grid of degrees, and saves charts as SVG and PNG files.

// Places on an equirectangular grid around them. A place is { latitude, longitude, amount, label }; its circle has an area
// in proportion to the amount.
function placesOnGrid(label, places) {
  const height = 420, all = (name) => places.map((place) => place[name]);
  const span = (values, least, most) => {
    const middle = (Math.min(...values) + Math.max(...values)) / 2, half = Math.max(10, (Math.max(...values) - Math.min(...values)) * 0.6);
    return [Math.max(least, middle - half), Math.min(most, middle + half)];
  };
  let [west, east] = span(all('longitude'), -180, 180), [south, north] = span(all('latitude'), -90, 90);
  const scale = Math.min((WIDTH - LEFT) / (east - west), (height - BOTTOM - TOP) / (north - south));
  const wider = ((WIDTH - LEFT) / scale - (east - west)) / 2, higher = ((height - BOTTOM - TOP) / scale - (north - south)) / 2;
  [west, east, south, north] = [west - wider, east + wider, south - higher, north + higher];
  const x = (longitude) => LEFT + (longitude - west) * scale, y = (latitude) => TOP + (north - latitude) * scale;
  const every = [1, 2, 5, 10, 15, 30].find((step) => (east - west) / step <= 12) ?? 30;
  const ticks = (from, to, most) => { const found = []; for (let at = Math.ceil(from / every) * every; at <= to; at += every) if (Math.abs(at) <= most) found.push(at); return found; };
  const side = (degrees, positive, negative) => `${Math.abs(degrees)}°${degrees > 0 ? positive : degrees < 0 ? negative : ''}`;
  const top = y(Math.min(north, 90)), bottom = y(Math.max(south, -90));
  const lines = [
    ...ticks(west, east, 180).flatMap((at) => [svg('line', { class: 'axis', x1: x(at), x2: x(at), y1: top, y2: bottom }),
      svg('text', { x: x(at), y: height - 6, 'text-anchor': 'middle' }, side(at, ' E', ' W'))]),
    ...ticks(south, north, 90).flatMap((at) => [svg('line', { class: 'axis', x1: LEFT, x2: WIDTH, y1: y(at), y2: y(at) }),
      svg('text', { x: LEFT - 6, y: y(at) + 4, 'text-anchor': 'end' }, side(at, ' N', ' S'))]),
  ];
  const most = Math.max(...all('amount'), 1);
  const circles = [...places].sort((a, b) => b.amount - a.amount).map((place) => svg('circle', {
    class: place.amount > 0 ? 'place' : 'place empty', cx: x(place.longitude), cy: y(place.latitude), r: Math.max(3, 22 * Math.sqrt(Math.max(0, place.amount) / most)),
  }, svg('title', null, place.label)));
  return svg('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label }, ...lines, ...circles);
}

// Files of charts ---------------------------------------------------------------------------------------------------

const STYLES = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'font-size', 'font-family', 'fill-opacity'];

// A copy of a chart that needs no style sheet, with its title, its legend and where its figures come from.
function standalone(chart, title, parts, origin) {
  const [, , width, height] = chart.getAttribute('viewBox').split(' ').map(Number);
  const copy = chart.cloneNode(true), from = [...chart.querySelectorAll('*')];
  [...copy.querySelectorAll('*')].forEach((node, at) => {
    const style = getComputedStyle(from[at]);
    for (const name of STYLES) {
      const value = style.getPropertyValue(name);
      if (value) node.setAttribute(name, value.replace(/url\("?[^#]*#hatch"?\)/, 'url(#hatch)'));
    }
  });
  const ink = getComputedStyle(document.body), text = (x, y, size, words) => svg('text', { x, y, fill: ink.color, 'font-size': size, 'font-family': 'sans-serif' }, words);
  const inner = svg('g', { transform: 'translate(0 40)' }, ...copy.childNodes);
  let at = 10;
  const keys = parts.flatMap(([kind, words]) => {
    const sample = svg('rect', { class: kind, x: at, y: height + 46, width: 14, height: 10 });
    chart.append(sample); // its style is that of the page
    sample.setAttribute('fill', getComputedStyle(sample).fill.replace(/url\("?[^#]*#hatch"?\)/, 'url(#hatch)'));
    sample.remove();
    const found = [sample, text(at + 20, height + 55, '11px', words)];
    at += 40 + words.length * 6;
    return found;
  });
  return svg('svg', { xmlns: SVG, viewBox: `0 0 ${width} ${height + 84}`, width, height: height + 84 },
    svg('rect', { width, height: height + 84, fill: ink.backgroundColor }), text(10, 22, '14px', title), inner, ...keys, text(10, height + 76, '10px', origin));
}

// Draws a standalone chart on a canvas. A page that may load no image can draw its own shapes.
function painted(chart, scale) {
  const [, , width, height] = chart.getAttribute('viewBox').split(' ').map(Number);
  const canvas = el('canvas', { width: width * scale, height: height * scale }), pen = canvas.getContext('2d');
  pen.scale(scale, scale);
  const hatch = () => {
    const tile = el('canvas', { width: 6, height: 6 }), brush = tile.getContext('2d'), lines = chart.querySelector('#hatch line');
    brush.fillStyle = chart.querySelector('#hatch rect').getAttribute('fill');
    brush.fillRect(0, 0, 6, 6);
    brush.strokeStyle = lines.getAttribute('stroke');
    brush.lineWidth = 2.5;
    for (const shift of [-6, 0, 6]) { brush.beginPath(); brush.moveTo(shift - 1, 7); brush.lineTo(shift + 7, -1); brush.stroke(); }
    return pen.createPattern(tile, 'repeat');
  };
  const paint = (node, dy) => {
    if (node.tagName === 'defs') return;
    const number = (name) => Number(node.getAttribute(name) ?? 0), fill = node.getAttribute('fill') ?? '';
    pen.fillStyle = fill.startsWith('url') ? hatch() : fill || '#000';
    pen.strokeStyle = node.getAttribute('stroke') ?? 'none';
    pen.globalAlpha = Number(node.getAttribute('fill-opacity') ?? 1);
    const snapped = (value) => Math.round(value * scale) / scale; // edges between pixels would show as seams
    if (node.tagName === 'rect') {
      const x = snapped(number('x')), y = snapped(number('y') + dy);
      pen.fillRect(x, y, Math.max(0.5, snapped(number('x') + number('width')) - x), snapped(number('y') + dy + number('height')) - y);
    }
    if (node.tagName === 'path') { pen.save(); pen.translate(0, dy); pen.fill(new Path2D(node.getAttribute('d'))); pen.restore(); }
    if (node.tagName === 'circle') { pen.beginPath(); pen.arc(number('cx'), number('cy') + dy, number('r'), 0, 7); pen.fill(); pen.globalAlpha = 1; pen.stroke(); }
    if (node.tagName === 'line') {
      pen.setLineDash((node.getAttribute('stroke-dasharray') ?? '').split(/[ ,px]+/).filter(Boolean).map(Number).filter((length) => length > 0));
      pen.beginPath(); pen.moveTo(number('x1'), number('y1') + dy); pen.lineTo(number('x2'), number('y2') + dy); pen.stroke();
    }
    if (node.tagName === 'text') {
      pen.font = `${node.getAttribute('font-size')} sans-serif`;
      pen.textAlign = { middle: 'center', end: 'right' }[node.getAttribute('text-anchor')] ?? 'left';
      pen.fillText(node.textContent, number('x'), number('y') + dy);
    }
    pen.globalAlpha = 1;
    for (const child of node.children) paint(child, dy + (node.getAttribute('transform') ? 40 : 0));
  };
  for (const child of chart.children) paint(child, 0);
  return canvas;
}

function save(name, blob) {
  const link = el('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Two buttons that save a chart as a file. `parts` is its legend, `origin` says where its figures come from.
function saveButtons(chart, name, title, parts, origin) {
  const made = () => standalone(chart, title, parts, origin());
  return el('p', { class: 'files' }, 'Save the chart: ',
    el('button', { type: 'button', onclick: () => save(`${name}.svg`, new Blob([new XMLSerializer().serializeToString(made())], { type: 'image/svg+xml' })) }, 'SVG'), ' ',
    el('button', { type: 'button', onclick: () => painted(made(), 2).toBlob((blob) => save(`${name}.png`, blob)) }, 'PNG'));
}
