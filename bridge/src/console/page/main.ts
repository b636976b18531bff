/** The page: which view the address names, and what went wrong where one can't be shown. */
import { byId, el, say, theirs } from "./dom.ts";
import { showFiles } from "./files.ts";
import { showPlots } from "./plots.ts";
import { showStreams } from "./streams.ts";

const views: Readonly<Record<string, (main: HTMLElement) => Promise<void>>> = {
  "#streams": showStreams,
  "#files": showFiles,
  "#plots": showPlots,
};

const show = async (): Promise<void> => {
  if (location.hash === "#main") return;
  const name = Object.hasOwn(views, location.hash) ? location.hash : "#streams";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const main = byId("main", HTMLElement);
  main.replaceChildren(el("p", { class: "quiet" }, "Asking the bridge …"));
  say("");
  try {
    await views[name]?.(main);
  } catch (error) {
    main.replaceChildren(el("p", { class: "bad" }, theirs((error as Error).message)));
    say("This view can't be shown.", true);
  }
};

addEventListener("hashchange", () => void show());
void show();
