import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Set where a machine without Chromium is a failure. */
const REQUIRED = "STEADFAST_REQUIRE_CHROMIUM";

/** A browser of this machine with a profile of its own; `undefined` where there is none. */
export async function openBrowser(t) {
  const executablePath = PATHS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    const missing = `NO CHROMIUM HERE, so the page of the chat is NOT TESTED: looked for ${PATHS.join(", ")}`;
    if (process.env[REQUIRED]) throw new Error(missing);
    console.error(`\n*** ${missing} ***\n`);
    t.skip(missing);
    return undefined;
  }
  const browser = await chromium.launch({ executablePath, args: FLAGS, headless: true });
  t.after(() => browser.close());
  return browser;
}

/** The page of somebody who enters the room that `url` names. */
export class Page {
  #page;
  /** How often it has connected, and how often it was disconnected. */
  connections = 0;
  disconnections = 0;
  /** What went wrong in its scripts. */
  errors = [];

  static async open(browser, url, name) {
    const context = await browser.newContext();
    const page = new Page(await context.newPage());
    await page.enter(url, name);
    return page;
  }

  constructor(page) {
    this.#page = page;
    page.on("websocket", (socket) => {
      this.connections += 1;
      socket.on("close", () => {
        this.disconnections += 1;
      });
    });
    page.on("pageerror", (error) => this.errors.push(error));
  }

  /** Loads the page and enters. */
  async enter(url, name) {
    await this.#page.goto(url);
    await this.#page.getByLabel("Your name").fill(name);
    await this.#page.getByRole("button", { name: "Enter" }).click();
    await this.status("Connected");
  }

  async say(text) {
    const field = this.#page.getByLabel("Message", { exact: true });
    await field.fill(text);
    await field.press("Enter");
  }

  /** Resolves when the status is `text`. */
  async status(text) {
    await this.#page.getByRole("status").filter({ hasText: text }).waitFor();
  }

  /** Resolves when somebody has said `text` here. */
  async sees(name, text) {
    const message = this.#page.getByRole("article").filter({ hasText: name });
    await message.getByText(text, { exact: true }).waitFor();
  }

  /** Resolves when exactly these are present. */
  async seesPresent(...names) {
    const list = this.#page.getByRole("list", { name: "Present" });
    for (const name of names) await list.getByText(name, { exact: true }).waitFor();
    await list.locator(`:scope:not(:has(> :nth-child(${names.length + 1})))`).waitFor();
  }

  /** What was said, in order. */
  texts() {
    return this.#page.locator("#messages .text").allTextContents();
  }

  close() {
    return this.#page.close();
  }
}
