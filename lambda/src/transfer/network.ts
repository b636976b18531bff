import { RemoteError } from "../sftp/errors.ts";

/**
 * The error, and where a connection got no answer, what in a network of the user's may be in its way, by name. `network` is what
 * the module says of the function's VPC; undefined outside of one.
 */
export const withNetwork = (error: unknown, network = process.env["BRIDGE_VPC"]): unknown =>
  network !== undefined && error instanceof RemoteError && ["connect-timeout", "unreachable"].includes(error.kind)
    ? new RemoteError(
        error.kind,
        `${error.message.replace(/\.$/, "")}. The function is in a VPC (${network}): see that its security groups let out to the partner's port, and that the subnets have a route to a NAT gateway`,
        { ...(error.path !== undefined && { path: error.path }), cause: error },
      )
    : error;
