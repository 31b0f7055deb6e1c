// Every page, in light and dark: it opens, nothing complains, and a picture is kept to be looked at.
import { mkdirSync } from 'node:fs';
import { expect, grpcurl, pickNewProfile, ready, test } from './support.js';

const shots = new URL('./shots/', import.meta.url).pathname;
mkdirSync(shots, { recursive: true });

const PAGES = {
  home: '/',
  profile: '/profile',
  task: '/task',
  connect_with_botify: '/connect_with_botify',
  workflow: '/workflow',
  workflow_hello: '/workflow/hello',
  workflow_hello_run: '/workflow/hello/picture-01',
  settings: '/settings',
};

test.beforeAll(() => {
  const profile = pickNewProfile('Garden Shop');
  for (const name of ['Read the crawl report', 'Ask for the sitemap', 'Write the brief for the category pages']) {
    grpcurl('botiferrous.storage.v1.TaskService/CreateTask', { name, profile_id: profile.id });
  }
  const { tasks } = grpcurl('botiferrous.storage.v1.TaskService/ListTasks', { profile_id: profile.id });
  grpcurl('botiferrous.storage.v1.TaskService/ToggleTask', { id: tasks[0].id });
  grpcurl('botiferrous.workflow.v1.WorkflowService/StartRun', { workflow: 'hello', url: 'picture-01' });
});

for (const scheme of ['light', 'dark']) {
  for (const [name, path] of Object.entries(PAGES)) {
    test(`${name} in ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await ready(page, path);
      await expect(page.locator('h1')).toHaveCount(1);
      await expect(page.locator('#chat-status')).not.toContainText('Looking for');
      await page.screenshot({ path: `${shots}${name}-${scheme}.png` });
    });
  }
}

test('links change the work and leave the rest standing', async ({ page }) => {
  await ready(page, '/');
  await page.locator('#chat-interface').evaluate((chat) => { chat.dataset.mark = 'same'; });
  await page.locator('.card[href="/task"]').click();
  await expect(page).toHaveURL(/\/task$/);
  await expect(page.locator('h1')).toHaveText('Todos');
  await expect(page).toHaveTitle(/^Todos/);
  await expect(page.locator('#app-menu summary')).toContainText('Todos');
  await expect(page.locator('#chat-interface')).toHaveAttribute('data-mark', 'same');
  await page.goBack();
  await expect(page.locator('h1')).toHaveText('Botiferrous');
});

test('an address without a page says so in the same house', async ({ page }) => {
  const answer = await page.goto('/nowhere');
  expect(answer.status()).toBe(404);
  await expect(page.getByRole('alert')).toContainText('no page');
});

test('light and dark can be picked and are remembered', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await ready(page, '/');
  await page.locator('#theme-btn').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});
