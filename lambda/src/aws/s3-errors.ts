import type { S3ServiceException } from "@aws-sdk/client-s3";

type ErrorClass = typeof S3ServiceException;

let known: ErrorClass | undefined;

/** Told by what loads the SDK's package. */
export const tellS3Errors = (errors: ErrorClass): void => {
  known = errors;
};

/** Whether S3 has said so. As long as the SDK's package isn't loaded there is no such error, and it isn't loaded for this question. */
export const isS3Error = (error: unknown): error is S3ServiceException => known !== undefined && error instanceof known;
