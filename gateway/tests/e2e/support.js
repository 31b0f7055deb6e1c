// What every test here starts from: a page that may speak to the app alone and must not complain, and the app's own
// back door, grpcurl.
import { execFileSync } from 'node:child_process';
import { test as base, expect } from '@playwright/test';

/** Complaints that belong to a test on purpose, such as a refused form. */
const EXPECTED = /status of (4\d\d|503)|net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)|WebSocket connection to|htmx:(sse|ws):error/;

const watched = (page, baseURL, complaints) => {
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== baseURL) complaints.push(`asked ${request.url()}`);
  });
};

export const test = base.extend({
  /** Pages of two browsers, each clean and watched. */
  complaints: [async ({}, use) => {
    const complaints = [];
    await use(complaints);
    expect(complaints).toEqual([]);
  }, { auto: true }],
  page: async ({ page, baseURL, complaints }, use) => {
    watched(page, new URL(baseURL).origin, complaints);
    await use(page);
  },
  other: async ({ browser, baseURL, complaints }, use) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    watched(page, new URL(baseURL).origin, complaints);
    await use(page);
    await context.close();
  },
});

export { expect };

/** Calls a method as a person with grpcurl would. */
export const grpcurl = (method, request = {}) => {
  const service = /^botiferrous\.(\w+)\./.exec(method)[1];
  const address = process.env[`BF_${service.toUpperCase()}_ADDR`];
  const output = execFileSync('grpcurl', ['-plaintext', '-d', JSON.stringify(request), address, method]);
  return JSON.parse(output);
};

/** Makes a profile and puts it in front. */
export const pickNewProfile = (name) => {
  const { profile } = grpcurl('botiferrous.storage.v1.ProfileService/CreateProfile', { name });
  grpcurl('botiferrous.storage.v1.SettingService/SetSetting', { key: 'last_profile_id', value: String(profile.id) });
  return profile;
};

/** Waits until the live stream and the chat socket of a page are up. */
export const ready = async (page, path) => {
  const sse = page.waitForResponse((response) => response.url().endsWith('/sse') && response.ok());
  const socket = page.waitForEvent('websocket').then((ws) => ws.waitForEvent('framereceived'));
  await page.goto(path);
  await Promise.all([sse, socket]);
};
