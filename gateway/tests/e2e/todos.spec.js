import { expect, grpcurl, pickNewProfile, ready, test } from './support.js';

const names = (page) => page.locator('#todo-list .rename input').evaluateAll((inputs) => inputs.map((i) => i.value));
const add = async (page, name) => {
  const rows = await page.locator('#todo-list > li').count();
  await page.locator('#add-name').fill(name);
  await page.keyboard.press('Enter');
  await expect(page.locator('#todo-list > li')).toHaveCount(rows + 1);
};

test('a profile is created, picked, renamed and shown under its menu name', async ({ page, other }) => {
  await ready(page, '/profile');
  await ready(other, '/profile');
  await page.locator('#add-name').fill('Acme Secret GmbH');
  await page.locator('[name=menu_name]').fill('Client A');
  await page.getByRole('button', { name: 'Add profile' }).click();
  await expect(page.locator('#profile-list > li').last().locator('.rename input')).toHaveValue('Acme Secret GmbH');
  await expect(page.locator('#add-name')).toHaveValue('');
  await expect(other.locator('#profile-list > li').last().locator('.rename input')).toHaveValue('Acme Secret GmbH');

  await page.locator('#profile-menu summary').click();
  await page.locator('#profile-menu').getByRole('button', { name: 'Client A' }).last().click();
  await expect(page.locator('#profile-menu summary')).toContainText('Client A');
  await expect(other.locator('#profile-menu summary')).toContainText('Client A');
  await expect(page.locator('#top-bar')).not.toContainText('Acme Secret');
  await expect(page).toHaveTitle(/Profiles \/ Client A/);
});

test('a blank or overlong name is refused beside the field and nothing is written', async ({ page }) => {
  pickNewProfile('Refusals');
  await ready(page, '/task');
  await page.locator('#add-name').fill('   ');
  await page.keyboard.press('Enter');
  await expect(page.locator('#add-error')).toContainText('Name');
  await page.locator('#add-name').evaluate((input) => { input.removeAttribute('maxlength'); input.value = 'x'.repeat(501); });
  await page.keyboard.press('Enter');
  await expect(page.locator('#add-error')).toContainText('500');
  await expect(page.locator('#todo-list > li')).toHaveCount(0);
  await add(page, 'fine');
  await expect(page.locator('#add-error')).toBeEmpty();
});

test('todos are added, ticked, renamed, dragged and deleted, and a second page follows', async ({ page, other }) => {
  pickNewProfile('Todos');
  await ready(page, '/task');
  await ready(other, '/task');
  for (const name of ['one', 'two', 'three']) await add(page, name);
  await expect.poll(() => names(other)).toEqual(['one', 'two', 'three']);

  const two = page.locator('#todo-list > li').nth(1);
  await two.getByRole('checkbox').check();
  await expect(two).toHaveClass(/done/);
  await expect(other.locator('#todo-list > li').nth(1)).toHaveClass(/done/);
  await expect(other.locator('#todo-list > li').nth(1).getByRole('checkbox')).toBeChecked();

  await two.locator('.rename input').fill('zwei');
  await page.keyboard.press('Enter');
  await expect.poll(() => names(other)).toEqual(['one', 'zwei', 'three']);
  await expect(two).toHaveClass(/done/);
  await expect(other.locator('#todo-list > li').nth(1)).toHaveClass(/done/);

  await page.locator('#todo-list > li').nth(2).locator('.grip').dragTo(page.locator('#todo-list > li').nth(0), { targetPosition: { x: 20, y: 2 } });
  await expect.poll(() => names(page)).toEqual(['three', 'one', 'zwei']);
  await expect.poll(() => names(other)).toEqual(['three', 'one', 'zwei']);

  await page.locator('#todo-list > li').nth(0).locator('.rename input').focus();
  await page.keyboard.press('Alt+ArrowDown');
  await expect.poll(() => names(other)).toEqual(['one', 'three', 'zwei']);

  await page.locator('#todo-list > li').nth(0).getByRole('button', { name: 'Delete' }).click();
  await page.locator('#confirm').getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => names(page)).toEqual(['three', 'zwei']);
  await expect.poll(() => names(other)).toEqual(['three', 'zwei']);

  await page.reload();
  await expect.poll(() => names(page)).toEqual(['three', 'zwei']);
});

test('keeping a todo in the question keeps it, and Escape puts a name back', async ({ page }) => {
  pickNewProfile('Second thoughts');
  await ready(page, '/task');
  await add(page, 'stay');
  await page.locator('#todo-list').getByRole('button', { name: 'Delete' }).click();
  await page.locator('#confirm').getByRole('button', { name: 'Keep' }).click();
  await page.locator('.rename input').fill('go');
  await page.keyboard.press('Escape');
  expect(await names(page)).toEqual(['stay']);
  await page.reload();
  expect(await names(page)).toEqual(['stay']);
});

test('a change made with grpcurl shows at once, and what is being typed stays', async ({ page }) => {
  const profile = pickNewProfile('From outside');
  await ready(page, '/task');
  await page.locator('#add-name').fill('half a thou');
  const { task } = grpcurl('botiferrous.storage.v1.TaskService/CreateTask', { name: 'from a terminal', profile_id: profile.id });
  await expect.poll(() => names(page)).toEqual(['from a terminal']);
  await expect(page.locator('#add-name')).toHaveValue('half a thou');
  grpcurl('botiferrous.storage.v1.TaskService/ToggleTask', { id: task.id });
  await expect(page.locator(`#todo-${task.id}`)).toHaveClass(/done/);
  await expect(page.locator(`#todo-${task.id}`).getByRole('checkbox')).toBeChecked();
});

test('names with markup are text everywhere', async ({ page }) => {
  pickNewProfile('<img src=x onerror=alert(1)>');
  await ready(page, '/task');
  await add(page, '<b>bold</b> <hx-partial hx-target="#msg-list">');
  expect(await names(page)).toEqual(['<b>bold</b> <hx-partial hx-target="#msg-list">']);
  await expect(page.locator('#content-container img, #top-bar img')).toHaveCount(0);
});

test('todos work without JavaScript', async ({ browser, baseURL }) => {
  pickNewProfile('No scripts');
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const page = await context.newPage();
  await page.goto('/task');
  await page.locator('#add-name').fill('by form');
  await page.getByRole('button', { name: 'Add' }).click();
  await expect(page.locator('#todo-list > li')).toHaveCount(1);
  await page.locator('#add-name').fill(' ');
  await page.getByRole('button', { name: 'Add' }).click();
  await expect(page.locator('#add-error')).toContainText('Name');
  await expect(page.locator('#todo-list > li')).toHaveCount(1);
  await context.close();
});
