// What markup can not say. Each behaviour is one listener on the document; nothing is looked up at start, as pieces of
// the page come and go.
(() => {
  'use strict';
  const on = (name, handler, options) => document.addEventListener(name, handler, options);
  const byId = (id) => document.getElementById(id);

  // --- fragments ------------------------------------------------------------------------------------------------

  // A morph brings the server's markup, but some state is the person's or follows the server only through a property.
  htmx.registerExtension('bf-morph', {
    htmx_before_morph_attr(element, change) {
      if (change.attrName === 'open') return false; // what a person unfolded stays so
      if (change.attrName === 'checked') element.checked = change.newValue !== null;
      if (change.attrName === 'value' && element.matches('.rename input') && element !== document.activeElement) {
        element.value = change.newValue ?? '';
      }
    },
  });

  // The model's words are no instructions to the page, whatever attributes they bring.
  for (const name of ['htmx:before:request', 'htmx:ws:before:connection', 'htmx:ws:before:message:outgoing']) {
    on(name, (event) => {
      if (event.target.closest?.('[hx-ignore]')) event.preventDefault();
    });
  }

  on('bf:reset', (event) => {
    event.target.reset?.();
    event.target.querySelector?.('.error')?.replaceChildren();
    event.target.querySelector?.('input:not([type=hidden])')?.focus();
  });

  // When the work was exchanged for another page's: focus it, close the menus, and let the bar know.
  let here = location.pathname;
  const moved = () => {
    if (location.pathname === here) return;
    here = location.pathname;
    const work = byId('content-container');
    if (work?.dataset.title) document.title = `${work.dataset.title} · Botiferrous`;
    (work?.querySelector('[autofocus]') ?? work)?.focus({ preventScroll: true });
    for (const menu of document.querySelectorAll('#top-bar details[open]')) menu.open = false;
    htmx.trigger(document.body, 'bf:moved');
  };
  on('htmx:after:swap', moved);
  on('htmx:after:history:push', () => setTimeout(moved));

  // --- toasts and questions -------------------------------------------------------------------------------------

  on('click', (event) => {
    if (event.target.matches?.('.toast .close')) event.target.closest('.toast').remove();
  });
  new MutationObserver((changes) => {
    for (const toast of changes.flatMap((change) => [...change.addedNodes])) {
      if (toast.classList?.contains('toast')) setTimeout(() => toast.remove(), 8000);
    }
  }).observe(byId('toasts') ?? document.documentElement, { childList: true, subtree: true });

  on('htmx:confirm', (event) => {
    const question = event.detail.ctx?.confirm;
    const dialog = byId('confirm');
    if (!question || !dialog) return;
    event.preventDefault();
    byId('confirm-text').textContent = question;
    dialog.returnValue = 'no';
    dialog.addEventListener(
      'close',
      () => (dialog.returnValue === 'yes' ? event.detail.issueRequest() : event.detail.dropRequest()),
      { once: true },
    );
    dialog.showModal();
  });

  // --- lists ----------------------------------------------------------------------------------------------------

  const store = (list) => {
    const values = [...list.querySelectorAll(':scope > li > [name=id]')].map((input) => ['id', input.value]);
    return fetch(list.dataset.sort, { method: 'POST', body: new URLSearchParams(values), headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial' } })
      .then(async (answer) => {
        if (!answer.ok) {
          byId('toasts').insertAdjacentHTML('beforeend', await answer.text());
          htmx.trigger(document.body, 'resync');
        }
      })
      .catch(() => htmx.trigger(document.body, 'resync'));
  };

  let dragging = false;
  const sortables = new WeakMap();
  const sortable = (root) => {
    for (const list of root.querySelectorAll?.('[data-sort]') ?? []) {
      if (sortables.has(list)) continue;
      sortables.set(list, Sortable.create(list, {
        handle: '.grip',
        animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120,
        onStart: () => { dragging = true; },
        onEnd: () => { dragging = false; store(list); },
      }));
    }
  };
  on('DOMContentLoaded', () => sortable(document));
  on('htmx:after:swap', () => sortable(document));
  on('htmx:before:cleanup', (event) => {
    const dead = event.target.matches?.('[data-sort]') ? [event.target] : event.target.querySelectorAll?.('[data-sort]') ?? [];
    for (const list of dead) {
      sortables.get(list)?.destroy();
      sortables.delete(list);
    }
  });
  // A refresh in the middle of a drag would pull the row out of the hand; the drop's own change brings it.
  on('htmx:before:request', (event) => {
    if (dragging && event.target.querySelector?.('[data-sort]')) event.preventDefault();
  });
  on('keydown', (event) => {
    if (!event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
    const row = event.target.closest?.('[data-sort] > li');
    const other = event.key === 'ArrowUp' ? row?.previousElementSibling : row?.nextElementSibling;
    if (!row || !other) return;
    event.preventDefault();
    event.key === 'ArrowUp' ? other.before(row) : other.after(row);
    event.target.focus();
    store(row.parentElement);
    byId('said').textContent = `Moved to place ${[...row.parentElement.children].indexOf(row) + 1}.`;
  });

  // A name is saved when the field is left, and put back on Escape.
  on('focusout', (event) => {
    const field = event.target;
    if (field.matches?.('.rename input') && field.value !== field.dataset.was) field.form.requestSubmit();
  });
  on('keydown', (event) => {
    if (event.key === 'Escape' && event.target.matches?.('.rename input')) {
      event.target.value = event.target.dataset.was;
      event.target.form.querySelector('.error')?.replaceChildren();
      event.target.blur();
    }
  });

  // When the row with the focus goes, its neighbour gets it instead of nobody.
  let place = null;
  on('focusin', (event) => {
    const row = event.target.closest?.('.rows > li');
    place = row ? { list: row.parentElement.id, index: [...row.parentElement.children].indexOf(row) } : null;
  });
  on('htmx:after:swap', () => {
    if (!place || document.activeElement !== document.body) return;
    const rows = byId(place.list)?.children ?? [];
    rows[Math.min(place.index, rows.length - 1)]?.querySelector('button, input:not([type=hidden])')?.focus();
  });

  // --- menus and theme ------------------------------------------------------------------------------------------

  on('click', (event) => {
    for (const menu of document.querySelectorAll('#top-bar details[open]')) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (event.target.closest?.('#theme-btn')) {
      const root = document.documentElement;
      const dark = root.dataset.theme
        ? root.dataset.theme === 'dark'
        : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
      localStorage.setItem('theme', root.dataset.theme);
    }
  });
  on('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const menu = event.target.closest?.('#top-bar details[open]');
    if (menu) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });

  // --- connection -----------------------------------------------------------------------------------------------

  const lost = new Set();
  const AWAY = 'The app does not answer. Trying again…';
  const STORAGE = 'Storage is restarting: what you see may be old, and changes wait.';
  const say = () => { byId('connection').textContent = [...lost].join(' '); };
  const lose = (sentence) => { lost.add(sentence); say(); };
  const find = (sentence) => { lost.delete(sentence); say(); };
  on('storage-lost', () => lose(STORAGE));
  on('storage-back', () => find(STORAGE));
  for (const name of ['htmx:sse:close', 'htmx:sse:error']) {
    on(name, (event) => {
      if (!document.hidden && event.target.id === 'live') lose(AWAY);
    });
  }
  on('htmx:sse:after:connection', () => find(AWAY));

  // --- chat -----------------------------------------------------------------------------------------------------

  const list = () => byId('msg-list');
  const atEnd = () => list().scrollHeight - list().scrollTop - list().clientHeight < 80;
  const toEnd = () => { list().scrollTop = list().scrollHeight; };

  on('DOMContentLoaded', () => list() && toEnd());

  // After every connection, also a renewed one, the server brings the page up to date before anything else.
  on('htmx:ws:after:connection', (event) => {
    const last = list()?.lastElementChild?.id.slice(2);
    event.detail.connection.socket.send(JSON.stringify({ k: 'hello', after: last ? Number(last) : null }));
  });

  on('htmx:ws:before:message:incoming', (event) => {
    const data = event.detail.message.data;
    const follow = atEnd();
    if (data.startsWith('{')) {
      event.preventDefault();
      const said = JSON.parse(data);
      if (said.k === 'delta') byId(`m-${said.id}-text`)?.append(said.text);
    }
    if (follow) requestAnimationFrame(() => requestAnimationFrame(toEnd));
  });

  on('htmx:ws:after:message:outgoing', (event) => {
    if (event.target.id !== 'chat') return;
    byId('msg').value = '';
    byId('chat-note').replaceChildren();
    toEnd();
  });

  on('keydown', (event) => {
    if (event.target.id === 'msg' && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (event.target.value.trim()) event.target.form.requestSubmit();
    }
  });
})();
