// With a real model, so nothing here depends on what it says.
import { expect, grpcurl, pickNewProfile, ready, test } from './support.js';

const deltas = (page) => {
  const count = { frames: 0 };
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => {
    if (String(payload).startsWith('{"k":"delta"')) count.frames += 1;
  }));
  return count;
};
const ask = async (page, text) => {
  await page.locator('#msg').fill(text);
  await page.keyboard.press('Enter');
};

test('the model answers word by word, in both windows, and the answer is there after a reload', async ({ page, other }) => {
  pickNewProfile('Talk');
  const seen = deltas(page);
  await ready(page, '/task');
  await ready(other, '/');
  await ask(page, 'Tell me three things about bread.');
  await expect(page.locator('.message.user .text')).toHaveText('Tell me three things about bread.');
  await expect(page.locator('#msg')).toHaveValue('');
  await expect(other.locator('.message.assistant')).toBeVisible();
  await expect(page.locator('.message.assistant .usage')).toContainText('tokens', { timeout: 100_000 });
  expect(seen.frames).toBeGreaterThanOrEqual(5);

  const answer = await page.locator('.message.assistant .text').innerText();
  expect(answer.length).toBeGreaterThan(10);
  await expect(other.locator('.message.assistant .text')).toHaveText(answer.trim(), { useInnerText: true });
  await page.reload();
  await expect(page.locator('.message.assistant .text')).toHaveText(answer.trim(), { useInnerText: true });
});

test('Stop stops the model and keeps what was said', async ({ page }) => {
  const profile = pickNewProfile('Stop');
  const seen = deltas(page);
  await ready(page, '/');
  await ask(page, 'Write a very long story about a village, with every detail.');
  await expect.poll(() => seen.frames).toBeGreaterThan(3);
  await page.locator('#stop-btn').click();
  await expect(page.locator('.message.assistant .mark')).toHaveText('Cut short.');
  await expect(page.locator('#send-btn')).toBeVisible();
  const { messages } = grpcurl('botiferrous.storage.v1.MessageService/ListMessages', { profile_id: profile.id });
  expect(messages.at(-1).state).toBe('MESSAGE_STATE_INTERRUPTED');
  expect(messages.at(-1).text.length).toBeGreaterThan(0);
  const before = seen.frames;
  await ask(page, 'Say hi.');
  await expect.poll(() => seen.frames).toBeGreaterThan(before);
});

test('a page that opens in the middle of an answer shows all of it', async ({ page, other }) => {
  pickNewProfile('Middle');
  const seen = deltas(page);
  await ready(page, '/');
  await ask(page, 'Count from one to forty in words.');
  await expect.poll(() => seen.frames).toBeGreaterThan(3);
  await ready(other, '/');
  await expect(page.locator('.message.assistant .usage')).toBeVisible({ timeout: 100_000 });
  await expect(other.locator('.message.assistant .usage')).toBeVisible({ timeout: 100_000 });
  expect(await other.locator('.message.assistant .text').innerText())
    .toBe(await page.locator('.message.assistant .text').innerText());
});

test('each profile has its own conversation', async ({ page }) => {
  const first = pickNewProfile('First talk');
  await ready(page, '/');
  await ask(page, 'Hello.');
  await expect(page.locator('.message.user')).toHaveCount(1);
  pickNewProfile('Second talk');
  await expect(page.locator('.message')).toHaveCount(0);
  grpcurl('botiferrous.storage.v1.SettingService/SetSetting', { key: 'last_profile_id', value: String(first.id) });
  await expect(page.locator('.message.user .text')).toHaveText('Hello.');
});
