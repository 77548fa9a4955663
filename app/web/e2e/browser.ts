// A browser for the stories: Debian's Chromium, driven by playwright-core.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';

import { chromium, type Browser, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Where screenshots are kept. */
const PICTURES = new URL('../../../../../target/dashboard/', import.meta.url);

/** Starts the browser that `BALLAST_CHROMIUM` names, or the installed one. */
export async function startBrowser(): Promise<Browser> {
    const executablePath = process.env['BALLAST_CHROMIUM'] ?? PLACES.find((place) => existsSync(place));
    if (!executablePath)
        throw new Error('there is no Chromium: apt-get install chromium, or name one in BALLAST_CHROMIUM');
    await mkdir(PICTURES, { recursive: true });
    return chromium.launch({
        executablePath,
        args: [
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
        ],
    });
}

/** A page that fails the story when it throws or logs an error. */
export async function openPage(browser: Browser, problems: string[]): Promise<Page> {
    const page = await browser.newPage({
        viewport: { width: 1440, height: 900 },
        colorScheme: 'light',
        reducedMotion: 'reduce',
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
    });
    page.setDefaultTimeout(20_000);
    return page;
}

/** Keeps a picture of the whole page, or of what stands in the window. */
export async function picture(page: Page, name: string, fullPage = true): Promise<void> {
    await page.screenshot({ path: new URL(`${name}.png`, PICTURES).pathname, fullPage });
}

/** The same screen in both themes, wide and narrow. */
export async function pictures(page: Page, name: string): Promise<void> {
    for (const [theme, width] of [
        ['light', 1440],
        ['dark', 1440],
        ['light', 390],
        ['dark', 390],
    ] as const) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
        await page.waitForTimeout(150);
        await picture(page, `${name}-${theme}-${width}`);
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 1440, height: 900 });
}

/** The number in a text such as `1,234.56 USD` or `−12.3 %`. */
export function numberIn(text: string): number {
    const found = /[−+-]?[\d,]+(\.\d+)?/.exec(text)?.[0];
    if (!found) throw new Error(`there is no number in "${text}"`);
    return Number(found.replaceAll(',', '').replace('−', '-'));
}
