import { type Lease, LeaseLost } from "../journal/lease.ts";

/** Time that a rename and its answer may take, at the most; a lease that ends sooner is too short for it. Milliseconds. */
const margin = 10_000;

/** Refuses to make anything visible when the lease could go to somebody else before the answer is there. Throws LeaseLost. */
export const assertLease = async ({ lease }: { readonly lease: Lease }): Promise<void> => {
  if (lease.remaining() >= margin) return;
  await lease.renew();
  if (lease.remaining() < margin) throw new LeaseLost(`The lease of ${lease.partner} is too short to go on`);
};
