/** Servers by hand: see try.test.ts. */
export default { files: ["test/servers/by-hand/try.test.ts"], extensions: ["ts"], timeout: "10m" };
