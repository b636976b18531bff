/**
 * List prices of us-east-1 in US dollars, without free tiers, put down on 24 November 2026. Transfer Family: AWS's page as it was
 * on 20 September 2026. The rest are the prices that held all through 2025 and since; check them where they matter to you:
 * what is counted stays. https://aws.amazon.com/<service>/pricing/
 */
export const prices = {
  region: "us-east-1",
  at: "2026-11-24",
  lambda: { request: 0.2e-6, gbSecond: 13.3334e-6 }, // arm64, first tier; INIT is billed since August 2025
  dynamodb: { writeUnit: 0.625e-6, readUnit: 0.125e-6, gbMonth: 0.25, backupGbMonth: 0.2 }, // on demand; backup: point in time
  s3: { put: 5e-6, get: 0.4e-6 }, // put: PUT, COPY, POST, LIST; get: all others; DELETE and aborting are free
  // S3's events are opt-in events of EventBridge; lists differ on whether these cost as much as one's own, or nothing.
  eventBridge: { event: 1e-6 },
  sqs: { request: 0.4e-6 },
  logs: { gb: 0.5, gbMonth: 0.03 }, // the latter compressed, about a fifth
  cloudwatch: { metric: 0.3, alarm: 0.1, dashboard: 3 }, // dashboards: beyond three in the account
  kms: { key: 1, request: 3e-6 },
  secretsManager: { secret: 0.4, request: 5e-6 },
  transferFamily: { call: 0.001, gb: 0.4 }, // SFTP connectors: a call for each file, and for each 1,000 names listed
  network: { natHour: 0.045, natGb: 0.045, addressHour: 0.005, t4gNanoHour: 0.0042, volumeGbMonth: 0.08, outGb: 0.09 },
} as const;
