// Makes elements. Text only ever becomes text nodes, so that nothing in a ledger is read as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === 'onclick') node.addEventListener('click', value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...(children ?? []).filter((child) => child !== null && child !== undefined));
  return node;
}

function el(name, attributes, ...children) { return fill(document.createElement(name), attributes, children); }
function svg(name, attributes, ...children) { return fill(document.createElementNS(SVG, name), attributes, children); }

// A cell; dates, units and words stay on one line, and a sentence has some width.
const SHORT = 12, LONG = 40, MOST_TEXT = 500, DATE_LIKE = /^[0-9~?./-]{1,30}$/;
function dataCell(content, isNumber) {
  const text = typeof content === 'string' ? content : content.textContent;
  const isShort = text.length <= SHORT || DATE_LIKE.test(text);
  return cut(el('td', { class: isNumber ? 'number' : isShort ? 'short' : text.length > LONG ? 'long' : null }, content));
}

// Ends texts that no row can hold with an ellipsis.
function cut(node) {
  if (node.textContent.length <= MOST_TEXT) return node;
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.length > MOST_TEXT) texts.currentNode.data = `${texts.currentNode.data.slice(0, MOST_TEXT)}…`;
  return node;
}

// A table. A column is [heading, cell of a row, is it a number]; a cell is text or a node.
function tableOf(caption, columns, rows) {
  const head = el('tr', null, ...columns.map(([heading, , isNumber]) => el('th', { scope: 'col', class: isNumber ? 'number' : null }, heading)));
  const body = rows.map((row) => el('tr', null, ...columns.map(([, cell, isNumber]) => dataCell(cell(row) ?? '', isNumber))));
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el('table', null, el('caption', null, el('span', null, caption)), el('thead', null, head), el('tbody', null, ...body)));
}

// A link, only to http and https; anything else stays text.
function linkTo(url, text) {
  let parsed = null;
  try { parsed = new URL(url); } catch { return document.createTextNode(text); }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return document.createTextNode(text);
  return el('a', { href: parsed.href, rel: 'noreferrer noopener', target: '_blank' }, text);
}
