import { expect, grpcurl, ready, test } from './support.js';

test('the sandbox is connected, looked at and left again', async ({ page }) => {
  grpcurl('botiferrous.botify.v1.BotifyService/Disconnect');
  await ready(page, '/connect_with_botify');
  await page.getByRole('button', { name: 'Try the sandbox' }).click();
  await expect(page.locator('#greeting')).toContainText('sandbox');
  await page.locator('#project-list summary').first().click();
  await expect(page.locator('#project-list table')).toBeVisible();
  await expect(page.locator('#project-list tbody tr').first()).toContainText(/\d{8}/);
  await page.reload();
  await expect(page.locator('#greeting')).toBeVisible();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.locator('#token')).toBeVisible();
});
