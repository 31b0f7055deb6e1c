// `/do` with the real model: however small, what it writes is an action. Whether it is the right one is its own affair,
// so the share is printed and not judged.
import { execFileSync } from 'node:child_process';
import { expect, grpcurl, pickNewProfile, test } from './support.js';

const STORAGE = 'botiferrous.storage.v1';
const TASKS = ['Buy bread', 'Call the client', 'Write the brief'];

/** A request, and whether the list (or the card that waits) is what it asked for. */
const added = (part) => (tasks) => tasks.length === 4 && tasks[3].name.toLowerCase().includes(part);
const ticked = (place) => (tasks) => tasks.every((task, i) => Boolean(task.done) === (i === place));
const renamed = (place, part) => (tasks) => tasks[place].name.toLowerCase().includes(part);
const deleting = (place) => (tasks, card, before) =>
  card?.tool === 'task_delete' && JSON.parse(card.request).id === Number(before[place].id);
const REQUESTS = [
  ['add milk', added('milk')],
  ['add apples to the list', added('apples')],
  ['put "read the report" on my list', added('read the report')],
  ['new todo: fix the sitemap', added('sitemap')],
  ['remind me to write titles', added('titles')],
  ['add a task called check redirects', added('redirects')],
  ['insert bananas', added('bananas')],
  ['tick the first one', ticked(0)],
  ['tick number 2', ticked(1)],
  ['mark "Write the brief" as done', ticked(2)],
  ['Buy bread is done', ticked(0)],
  ['I have called the client', ticked(1)],
  ['check off the brief', ticked(2)],
  ['rename "Buy bread" to "Buy rye bread"', renamed(0, 'rye')],
  ['change "Call the client" to "Call Acme"', renamed(1, 'acme')],
  ['call the third one "Write the summary"', renamed(2, 'summary')],
  ['delete "Buy bread"', deleting(0)],
  ['remove the second one', deleting(1)],
  ['delete the brief', deleting(2)],
  ['throw away the first todo', deleting(0)],
];

const list = (profile_id) => grpcurl(`${STORAGE}.TaskService/ListTasks`, { profile_id }).tasks;

test('every answer to /do is one valid action', async () => {
  test.skip(!process.env.BF_DO, 'minutes of a real model; BF_DO=1 runs it');
  test.setTimeout(900_000);
  let valid = 0;
  let right = 0;
  for (const [request, fits] of REQUESTS) {
    const { id } = pickNewProfile(`Do ${request}`);
    for (const name of TASKS) grpcurl(`${STORAGE}.TaskService/CreateTask`, { name, profile_id: id });
    const before = list(id);
    const said = JSON.stringify({ text: `/do ${request}`, app: 'task', profile_id: id });
    execFileSync('grpcurl', ['-plaintext', '-d', said, process.env.BF_CHAT_ADDR, 'botiferrous.chat.v1.ChatService/Converse'], { stdio: 'pipe' });
    const { messages } = grpcurl(`${STORAGE}.MessageService/ListMessages`, { profile_id: id });
    const answer = messages.find((message) => message.role === 'ROLE_ASSISTANT');
    const action = (() => { try { return JSON.parse(answer.text); } catch { return null; } })();
    if (typeof action?.action === 'string' && typeof action.target === 'string') valid += 1;
    else console.log(`not valid after "${request}": ${answer?.text}`);
    const card = messages.findLast((message) => message.action)?.action;
    if (fits(list(id), card, before)) right += 1;
  }
  console.log(`/do with the installed model: ${valid} of ${REQUESTS.length} valid, ${right} of ${REQUESTS.length} right`);
  expect(valid).toBe(REQUESTS.length);
});
