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
      if (change.attrName === 'selected') element.selected = change.newValue !== null;
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

  // Tells the chat which app is in front, as looking at a page changes nothing by itself. It can do without.
  const entered = () => fetch('/app/enter', { method: 'POST', headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'HX-Current-URL': location.href } }).catch(() => {});
  on('DOMContentLoaded', () => byId('chat-interface') && entered());

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
    entered();
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
    const row = event.target.closest?.('.rows > li, #msg-list > article');
    place = row ? { list: row.parentElement.id, index: [...row.parentElement.children].indexOf(row) } : null;
  });
  on('htmx:after:swap', () => {
    if (!place || document.activeElement !== document.body) return;
    const rows = byId(place.list)?.children ?? [];
    const row = rows[Math.min(place.index, rows.length - 1)];
    (row?.querySelector('.acts button') ?? row?.querySelector('button, input:not([type=hidden])'))?.focus();
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
  on('click', (event) => {
    if (event.target.closest?.('#context-btn')) byId('context').showModal();
    if (event.target.id === 'context') event.target.close(); // beside the drawer
  });

  // After every connection, also a renewed one, the server brings the page up to date before anything else.
  on('htmx:ws:after:connection', (event) => {
    const last = list()?.lastElementChild?.id.slice(2);
    event.detail.connection.socket.send(JSON.stringify({ k: 'hello', after: last ? Number(last) : null }));
  });

  // What the model thinks is shown folded while it comes, and not kept.
  const thoughts = (text) => {
    const before = text.previousElementSibling;
    if (before?.matches('.thinking')) return before.lastElementChild;
    const fold = document.createElement('details');
    fold.className = 'thinking';
    fold.append(document.createElement('summary'), document.createElement('div'));
    fold.firstElementChild.textContent = 'Thinking…';
    text.before(fold);
    return fold.lastElementChild;
  };
  const gone = (message) => {
    const next = message.nextElementSibling ?? message.previousElementSibling;
    const focused = message.contains(document.activeElement);
    message.remove();
    if (focused) (next?.querySelector('.acts button') ?? list()).focus({ preventScroll: true });
  };
  const heard = {
    delta: (said) => byId(`m-${said.id}-text`)?.append(said.text),
    thinking: (said) => {
      const text = byId(`m-${said.id}-text`);
      if (text) thoughts(text).append(said.text);
    },
    models: () => htmx.trigger(document.body, 'bf:models'),
    pull: (said) => {
      if (!byId('pull-bar')) return;
      byId('pull-text').textContent = said.text;
      byId('pull-bar').max = said.total || 1;
      if (said.total) byId('pull-bar').value = said.completed;
      else byId('pull-bar').removeAttribute('value');
    },
    gone: (said) => {
      const message = byId(`m-${said.id}`);
      if (message) gone(message);
    },
  };

  const copy = async (button, text) => {
    try {
      await navigator.clipboard.writeText(await text);
      byId('said').textContent = 'Copied.';
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not copied';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  };
  on('click', (event) => {
    const button = event.target.closest?.('[data-copy], pre > .copy');
    if (!button) return;
    if (button.dataset.copy) copy(button, fetch(button.dataset.copy).then((answer) => answer.ok ? answer.text() : Promise.reject()));
    else copy(button, button.parentElement.querySelector('code').textContent);
  });

  // Blocks of code come as cleaned HTML without a button; each gets one when it is there, whoever brought it.
  const withCopy = (block) => {
    if (block.querySelector('.copy') || block.closest('[aria-busy]')) return;
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', className: 'plain copy', textContent: 'Copy' });
    button.setAttribute('aria-label', 'Copy this code');
    block.append(button);
    block.tabIndex = 0; // scrolls by keyboard
  };
  on('DOMContentLoaded', () => {
    const blocks = () => document.querySelectorAll('#msg-list pre:has(> code)').forEach(withCopy);
    if (list()) new MutationObserver(blocks).observe(list(), { childList: true, subtree: true });
    blocks();
  });

  // A hit leads to its message; one that is not in the page opens where it is.
  on('click', (event) => {
    const message = byId(`m-${event.target.closest?.('#chat-hits summary')?.dataset.message}`);
    if (!message) return;
    event.preventDefault();
    message.scrollIntoView({ block: 'center' });
    message.tabIndex = -1;
    message.focus({ preventScroll: true });
    message.classList.add('found');
    setTimeout(() => message.classList.remove('found'), 2000);
  });

  on('change', async (event) => {
    const [file] = event.target.id === 'chat-import' ? event.target.files : [];
    if (!file) return;
    const headers = { 'Content-Type': 'application/json', 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
    const answer = await fetch('/chat/import', { method: 'POST', body: file, headers }).catch(() => null);
    event.target.value = '';
    const said = await answer?.text();
    // Of a refusal for its fields only the words come, for use beside a form.
    if (said?.includes('class="toast"')) byId('toasts').insertAdjacentHTML('beforeend', said);
    else byId('chat-note').innerHTML = said || AWAY;
  });

  on('keydown', (event) => {
    if (event.key === 'Escape' && event.target.matches?.('.editing textarea')) {
      event.preventDefault();
      event.target.form.querySelector('.cancel').click();
    }
  });

  on('htmx:ws:before:message:incoming', (event) => {
    const data = event.detail.message.data;
    const follow = atEnd();
    if (data.startsWith('{')) {
      event.preventDefault();
      const said = JSON.parse(data);
      heard[said.k]?.(said);
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
