// Cards: what is asked for in the model's words, without the model, so that nothing here depends on its judgement.
import { expect, grpcurl, pickNewProfile, ready, test } from './support.js';

const act = (action, target, args) => grpcurl('botiferrous.chat.v1.ChatService/RunAction', { action, target, args });
const names = (page) => page.locator('#todo-list .rename input').evaluateAll((inputs) => inputs.map((i) => i.value));

test('an action changes the list at once, and Undo puts the row back exactly', async ({ page, other }) => {
  const profile = pickNewProfile('Acting');
  await ready(page, '/task');
  await ready(other, '/task');
  act('insert', 'task', { name: 'by the model' });
  await expect.poll(() => names(page)).toEqual(['by the model']);
  const { tasks } = grpcurl('botiferrous.storage.v1.TaskService/ListTasks', { profile_id: profile.id });
  act('toggle', 'task', { id: tasks[0].id });
  await expect(page.locator(`#todo-${tasks[0].id}`)).toHaveClass(/done/);
  await page.locator('.action.done').last().getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.action.undone')).toHaveCount(1);
  await expect(other.locator('.action.undone')).toHaveCount(1);
  await expect(page.locator(`#todo-${tasks[0].id}`)).not.toHaveClass(/done/);
  const after = grpcurl('botiferrous.storage.v1.TaskService/ListTasks', { profile_id: profile.id });
  expect(after.tasks).toEqual(tasks);
});

test('a delete asks, Decline leaves the row, Allow deletes it, and a reload shows the same cards', async ({ page }) => {
  pickNewProfile('Asking');
  await ready(page, '/task');
  const { message } = act('insert', 'task', { name: 'precious' });
  const { id } = JSON.parse(message.action.after)[0];
  act('delete', 'task', { id });
  await expect(page.locator('.action.waiting')).toContainText('precious');
  await page.locator('.action.waiting').getByRole('button', { name: 'Decline' }).click();
  await expect(page.locator('.action.declined')).toHaveCount(1);
  expect(await names(page)).toEqual(['precious']);

  act('delete', 'task', { id });
  await page.reload();
  await expect(page.locator('.action.waiting')).toHaveCount(1);
  await expect(page.locator('.action.declined')).toHaveCount(1);
  await page.locator('.action.waiting').getByRole('button', { name: 'Allow once' }).click();
  await expect.poll(() => names(page)).toEqual([]);
  await page.locator('.action.done').last().getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => names(page)).toEqual(['precious']);
});

test('a policy set on the settings page is kept', async ({ page }) => {
  await ready(page, '/settings');
  await page.locator('#policy-task_insert-select').selectOption('ask');
  await expect(page.locator('#policy-task_insert-select')).toHaveValue('ask');
  pickNewProfile('Policies');
  const { message } = act('insert', 'task', { name: 'asked for' });
  expect(message.action.state).toBe('ACTION_STATE_WAITING');
  await page.reload();
  await expect(page.locator('#policy-task_insert-select')).toHaveValue('ask');
  await page.locator('#policy-task_insert-select').selectOption('run');
  await expect(page.locator('#policy-task_insert-select')).toHaveValue('run');
  await expect(page.locator('#policy-task_delete-select option[value=run]')).toHaveCount(0);
});

test('what the model sees is shown as it is sent', async ({ page }) => {
  pickNewProfile('Seen');
  await ready(page, '/task');
  act('insert', 'task', { name: 'row in view' });
  await page.getByRole('button', { name: 'Context' }).click();
  await expect(page.locator('dialog[open]')).toContainText('row in view');
  await expect(page.locator('dialog[open]')).toContainText('Seen');
});
