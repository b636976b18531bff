import type { Client } from "ssh2";
import type { Log } from "../../telemetry/types.ts";
import { printable } from "../printable.ts";
import { endlessBanners, maxBannerCharacters, maxBanners } from "./questions.ts";

/** The server's banners, of which few are enough; `stop` ends a log-in of endless ones. */
export const watchBanners = (
  client: Client,
  log: Log | undefined,
  stop: (obstacle: typeof endlessBanners) => void,
): { readonly last: string | undefined } => {
  const banners = { count: 0, characters: 0, last: undefined as string | undefined };
  client.on("banner", (text) => {
    banners.count += 1;
    banners.characters += text.length;
    banners.last = text;
    if (banners.count > maxBanners || banners.characters > maxBannerCharacters) stop(endlessBanners);
    else if (banners.count <= 3) log?.debug("Banner of the server", { banner: printable(text, 1000) });
  });
  return banners;
};
