/** Figures for people. */

/** `3 d 4 h`, `5 min`, `12 s`; "–" for none. */
export const age = (seconds: number | null): string => {
  if (seconds === null || Number.isNaN(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${whole} s`;
};

export const bytes = (count: number | null): string => {
  if (count === null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = count;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
};

/** `2026-03-01 07:30:00` in UTC, as the log has it; "–" for none. */
export const moment = (iso: string | null): string => (iso ? iso.replace("T", " ").replace(/(\.\d+)?Z$/, "") : "–");
