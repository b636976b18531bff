import { asError } from "../concurrency/contain.ts";
import { SecretError, type SecretErrorKind } from "./types.ts";

/** A secret that could be read, but can't be used. Neither `what` nor `remedy` may contain any of its text. */
export class UnusableSecret extends Error {
  override readonly name = "UnusableSecret";
  readonly what: string;
  readonly remedy: string;

  constructor(what: string, remedy: string, options: { cause?: unknown } = {}) {
    super(what, options);
    this.what = what;
    this.remedy = remedy;
  }
}

const kinds: Readonly<Record<string, SecretErrorKind>> = {
  ResourceNotFoundException: "missing",
  // A secret that is scheduled for deletion.
  InvalidRequestException: "missing",
  ParameterNotFound: "missing",
  ParameterVersionNotFound: "missing",
  NoSuchKey: "missing",
  NoSuchBucket: "missing",
  NotFoundException: "missing",
  AccessDenied: "denied",
  AccessDeniedException: "denied",
  // The value may be read, but KMS doesn't let the role decrypt it.
  DecryptionFailure: "denied",
  InvalidKeyId: "denied",
  DisabledException: "denied",
  KMSInvalidStateException: "denied",
};

const remedies: Readonly<Record<Exclude<SecretErrorKind, "unusable">, string>> = {
  missing: "Create it, or correct the stream",
  denied:
    "The module lets the function's role read it: see whether it exists at all, and what its resource policy and the policy of its KMS key say (a customer-managed key has to be named in kms_key_arn beside it; one of another account needs the outputs bucket_policies and stream_key_statements as well)",
  unavailable: "The next attempt asks again",
};

/** What is read for whom, in the words of error messages. */
export interface Subject {
  readonly stream: string;
  /** The field of the stream map: of `sftp`, as in `password` or `via.private_key`, or of a side, as in `push.pgp.sign_with`. */
  readonly field: string;
  /** `secret arn:…`, `SSM parameter /…` or `object s3://…`. */
  readonly place: string;
}

/** What went wrong with a secret, as an error that says so for this stream and field. */
export const secretError = ({ stream, field, place }: Subject, error: unknown): SecretError => {
  const message = (what: string, remedy: string) =>
    `Stream ${stream}: ${/^(push|pull)\./.test(field) ? "" : "sftp."}${field}, ${place}, ${what}. ${remedy}.`;
  if (error instanceof UnusableSecret)
    return new SecretError("unusable", stream, message(error.what, error.remedy), { cause: error.cause });
  const answer = asError(error);
  const kind = kinds[answer.name] ?? "unavailable";
  const remedy = remedies[kind as keyof typeof remedies];
  const what = `can't be read (${answer.name}: ${answer.message})`;
  return new SecretError(kind, stream, message(what, remedy), { cause: error });
};
