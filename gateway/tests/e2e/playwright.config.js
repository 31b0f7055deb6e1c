// The suite drives a running app, named by BF_URL, in the Chromium of the system.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  timeout: 180_000,
  expect: { timeout: 20_000 }, // a toy model on one thread reads slowly
  workers: 1, // one app, one current profile
  reporter: [['list']],
  use: {
    baseURL: process.env.BF_URL ?? 'http://127.0.0.1:5001',
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.BF_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--disable-gpu',
      ],
    },
  },
});
