/**
 * An operator's action works for a slice of time, then answers with what it has done so far and a cursor from which the
 * caller goes on: whoever waits sees progress, and no client gives up waiting and asks twice (the AWS CLI does after 60 s).
 */
/** Rows of one answer: Lambda's answers have at most 6 MB. */
export const maxRows = 500;
