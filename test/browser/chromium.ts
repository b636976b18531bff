/**
 * A page in headless Chromium, by the DevTools protocol (chromedevtools.github.io/devtools-protocol). The browser reaches loopback alone,
 * and ends with the process that started it.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { provideChromium } from "../../scripts/setup/chromium.mjs";
import { supervise } from "../stack/process.ts";
import { temporaryFolder, until } from "../stack/temporary.ts";

export interface BrowserPage {
  /** Goes to the address and waits for its load. */
  readonly open: (address: string) => Promise<void>;
  /** What the expression is in the page, once it is no promise any more. Throws what it throws. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  /** Waits until the expression is true. */
  readonly see: (expression: string) => Promise<void>;
  /** Presses a key, such as `Tab`, `Enter`, `Escape`. */
  readonly press: (key: string) => Promise<void>;
  /** Media features, such as `prefers-color-scheme`; and whether it is as printed. */
  readonly media: (scheme: "light" | "dark", print?: boolean) => Promise<void>;
  /** Every element of the accessibility tree with a role, as `button: Check acme`. */
  readonly accessible: () => Promise<string[]>;
  readonly screenshot: (file: string) => Promise<void>;
  /** Errors, broken rules of the content security policy, and requests that went elsewhere. */
  readonly complaints: readonly string[];
  readonly stop: () => Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const keys: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27 };

/** Starts a browser with one page. */
export const startBrowser = async (): Promise<BrowserPage> => {
  const { program, libraries } = await provideChromium();
  const folder = temporaryFolder("browser");
  const log = join(folder, "log");
  const child = supervise(
    program,
    [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      "--remote-debugging-port=0",
      `--user-data-dir=${join(folder, "profile")}`,
      "--window-size=1280,900",
      "about:blank",
    ],
    { env: { ...process.env, LD_LIBRARY_PATH: libraries, HOME: folder }, log },
  );
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const listening = () => /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(readFileSync(log, "utf8"))?.[1];
    const port = await until("the browser", 60, () => listening());
    const target = await until("the browser's page", 30, async () => {
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Record<string, string>[];
      return targets.find(({ type }) => type === "page")?.["webSocketDebuggerUrl"];
    });
    return { ...(await connect(target)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const connect = async (address: string): Promise<Omit<BrowserPage, "stop">> => {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const complaints: string[] = [];
  let loaded = () => {};
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, method, params = {}, result, error } = JSON.parse(String(data)) as Message;
    if (id !== undefined) {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.reject(new Error(error.message));
      else asked?.resolve(result);
    } else if (method === "Page.loadEventFired") loaded();
    else if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded")
      complaints.push(JSON.stringify(params));
    else if (method === "Network.requestWillBeSent") {
      const { url } = params["request"] as { url: string };
      // The browser's own icons, as that of a calendar, are data.
      if (!/^(http:\/\/127\.0\.0\.1:|about:|data:)/.test(url)) complaints.push(`went to ${url}`);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the browser's page can't be reached")));
  });
  const send = <T>(method: string, params: object = {}): Promise<T> => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => waiting.set(id, { resolve: resolve as (value: unknown) => void, reject }));
  };
  for (const domain of ["Page", "Runtime", "Log", "Network", "Accessibility"]) await send(`${domain}.enable`);

  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string } };
    }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? expression);
    return result.value;
  };
  return {
    open: async (url) => {
      const load = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      await send("Page.navigate", { url });
      await load;
    },
    evaluate,
    see: async (expression) => {
      await until(`the page to show ${expression}`, 60, async () => (await evaluate<boolean>(expression)) || undefined);
    },
    press: async (key) => {
      const code = { key, code: key, windowsVirtualKeyCode: keys[key] };
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...code, ...(key === "Enter" && { text: "\r" }) });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...code });
    },
    media: async (scheme, print = false) => {
      await send("Emulation.setEmulatedMedia", {
        media: print ? "print" : "",
        features: [{ name: "prefers-color-scheme", value: scheme }],
      });
    },
    accessible: async () => {
      const { nodes } = await send<{
        nodes: { ignored: boolean; role?: { value: string }; name?: { value: string } }[];
      }>("Accessibility.getFullAXTree");
      return nodes
        .filter(({ ignored }) => !ignored)
        .map(({ role, name }) => `${role?.value ?? ""}: ${name?.value ?? ""}`);
    },
    screenshot: async (file) => {
      const { data } = await send<{ data: string }>("Page.captureScreenshot", { captureBeyondViewport: true });
      writeFileSync(file, Buffer.from(data, "base64"));
    },
    complaints,
  };
};
