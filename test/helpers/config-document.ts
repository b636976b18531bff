/** A valid document as the module writes it, snake_case, with nulls for what isn't set. */
export const streamDocument = () => ({
  sftp: {
    host: "sftp.acme.example",
    port: 22,
    username: "us",
    host_keys: ["SHA256:uGKMJnFJzhJNUtHnfzRE3xXmk7Hs4mlKzZ0Ft4mAgNI"],
    insecure_ignore_host_key: false,
    password: null,
    private_key: {
      secret_arn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:acme-AbCdEf",
      ssm_parameter: null,
      json_key: "private_key",
      s3: null,
      encryption_context: null,
    },
    passphrase: null,
    max_connections: 2,
    connect_timeout_seconds: 20,
    operation_timeout_seconds: 60,
    options: { keepaliveInterval: 10_000 },
  },
  push: {
    bucket: "our-bucket",
    prefix: "out/acme/",
    directory: "inbox",
    include: ["**/*.csv"],
    exclude: [],
    upload: "atomic",
    verify: "strict",
  },
  pull: {
    bucket: "our-bucket",
    prefix: "in/acme/",
    directory: "outbox",
    include: [],
    exclude: ["**/*.bak"],
    after: "move",
    retention_days: 14,
    min_age_seconds: 0,
    temporary_suffixes: [".part"],
  },
  retry_for_days: 7,
});

/** The JSON of a document with one stream, after a change to it. `undefined` takes a field out. */
export const documentWith = (change: Record<string, unknown>): string => {
  const stream: Record<string, unknown> = streamDocument();
  for (const [path, value] of Object.entries(change)) {
    const fields = path.split(".");
    const last = fields.pop() ?? "";
    const parent = fields.reduce((node, field) => node[field] as Record<string, unknown>, stream);
    parent[last] = value;
  }
  return JSON.stringify({ version: 1, streams: { acme: stream } });
};
