/**
 * A changelog whose `Unreleased` section has become that of `version` (x.y.z) of `date` (yyyy-mm-dd), with an empty one before it,
 * and the section's text. Form: https://keepachangelog.com/en/1.1.0/. Throws where there is nothing to release, or the version is there.
 */
export function released(changelog, version, date) {
  if (new RegExp(`^## \\[?${version.replaceAll(".", "\\.")}\\b`, "m").test(changelog))
    throw new Error(`CHANGELOG.md has a section of ${version} already`);
  const [before, ...rest] = changelog.split(/^## Unreleased\n/m);
  if (rest.length !== 1) throw new Error("CHANGELOG.md needs one section `## Unreleased`");
  const next = rest[0].search(/^## /m);
  const notes = next < 0 ? rest[0] : rest[0].slice(0, next);
  const after = next < 0 ? "" : rest[0].slice(next);
  if (notes.trim() === "") throw new Error("CHANGELOG.md says nothing of this release: `## Unreleased` is empty");
  return { text: `${before}## Unreleased\n\n## ${version} - ${date}\n${notes}${after}`, notes: notes.trim() };
}
