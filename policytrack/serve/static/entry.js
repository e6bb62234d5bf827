// Completes ids in a form of a large ledger: looks up what is typed, and suggests what is registered.
'use strict';

const WAIT = 150, MOST = 20;
for (const input of document.querySelectorAll('input[data-refers]')) {
  let timer = 0, asked = '';
  const list = document.createElement('datalist');
  list.id = `ids-of-${input.id}`;
  input.after(list);
  input.setAttribute('list', list.id);
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const words = input.value.trim();
      if (!words || words === asked) return;
      asked = words;
      try {
        const answer = await fetch(`/api/v1/search?${new URLSearchParams({ q: words, kind: input.dataset.refers, limit: MOST })}`);
        const { rows = [] } = await answer.json();
        if (asked === words) list.replaceChildren(...rows.map((row) => new Option(row.name ?? '', row.id)));
      } catch {
        list.replaceChildren(); // ids may be written without suggestions
      }
    }, WAIT);
  });
}
