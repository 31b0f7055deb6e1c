// Storage goes away and comes back: the page says so, and catches up by itself.
import { execFileSync } from 'node:child_process';
import { expect, grpcurl, pickNewProfile, ready, test } from './support.js';

test('the page says that storage is away, comes back and catches up', async ({ page }) => {
  test.skip(!process.env.BF_KILL, 'BF_KILL names no command that kills a service');
  const profile = pickNewProfile('Restart');
  await ready(page, '/task');
  grpcurl('botiferrous.storage.v1.TaskService/CreateTask', { name: 'before', profile_id: profile.id });
  await expect(page.locator('#todo-list > li')).toHaveCount(1);
  execFileSync('sh', ['-c', process.env.BF_KILL.replace('SERVICE', 'storage')]);
  await expect(page.locator('#connection')).toContainText('Storage is restarting');
  await expect(page.locator('#connection')).toBeEmpty({ timeout: 10_000 });
  grpcurl('botiferrous.storage.v1.TaskService/CreateTask', { name: 'after', profile_id: profile.id });
  await expect(page.locator('#todo-list > li')).toHaveCount(2);
});

test('the page comes back after a restart of the gateway', async ({ page }) => {
  test.skip(!process.env.BF_KILL, 'BF_KILL names no command that kills a service');
  const profile = pickNewProfile('Gateway restart');
  await ready(page, '/task');
  execFileSync('sh', ['-c', process.env.BF_KILL.replace('SERVICE', 'gateway')]);
  grpcurl('botiferrous.storage.v1.TaskService/CreateTask', { name: 'meanwhile', profile_id: profile.id });
  await expect(page.locator('#todo-list > li')).toHaveCount(1, { timeout: 20_000 });
  await expect(page.locator('#connection')).toBeEmpty({ timeout: 20_000 });
});
