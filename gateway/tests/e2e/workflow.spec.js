import { expect, pickNewProfile, ready, test } from './support.js';

/** Fills in the open step with the first thing that fits and goes on. */
const fill = async (page, typed) => {
  const open = page.locator('.steps > .open');
  const id = await open.getAttribute('id');
  for (const input of await open.locator('input, textarea').all()) await input.fill(typed);
  for (const select of await open.locator('select').all()) await select.selectOption({ index: 1 });
  await open.getByRole('button').click();
  await expect(page.locator(`#${id}`)).not.toHaveClass(/open/);
};

test('hello is begun in one browser and finished in another', async ({ page, other }) => {
  pickNewProfile('Hello');
  await ready(page, '/workflow/hello');
  await page.getByRole('button', { name: 'Start or resume' }).click();
  await expect(page.locator('.steps > .open')).toHaveCount(1);
  const address = new URL(page.url()).pathname;
  expect(address).toMatch(/^\/workflow\/hello\/hello-hello-\d\d$/);
  await fill(page, 'Ada');
  await expect(page.locator('.steps > .done')).toHaveCount(1);

  await ready(other, '/workflow/hello');
  await other.locator('#url').fill(address.split('/').pop());
  await other.getByRole('button', { name: 'Start or resume' }).click();
  await expect(other.locator('.steps > .done')).toHaveCount(1);
  await expect(other.locator('.steps > .done')).toContainText('Ada');
  const steps = await other.locator('.steps > li').count();
  for (let done = 1; done < steps; done += 1) await fill(other, 'Lovelace');
  await expect(other.locator('#complete')).toBeVisible({ timeout: 100_000 });
  await expect(page.locator('#complete')).toBeVisible();
  await expect(page.locator('.steps .summary')).not.toBeEmpty();
});

test('a key that can not be one is refused beside the field', async ({ page }) => {
  await ready(page, '/workflow/hello');
  await page.locator('#url').fill('no spaces/please');
  await page.getByRole('button', { name: 'Start or resume' }).click();
  await expect(page.locator('#start-error')).not.toBeEmpty();
  await expect(page).toHaveURL(/\/workflow\/hello$/);
});

test('an empty field is refused and what was typed stays', async ({ page }) => {
  await ready(page, '/workflow/hello');
  await page.locator('#url').fill(`empty-${Date.now()}`);
  await page.getByRole('button', { name: 'Start or resume' }).click();
  const open = page.locator('.steps > .open');
  await open.locator('form').evaluate((form) => { form.noValidate = true; });
  await open.getByRole('button').click();
  await expect(open.locator('.error').first()).not.toBeEmpty();
  await expect(page.locator('.steps > .done')).toHaveCount(0);
});
