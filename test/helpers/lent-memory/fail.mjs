/** Ends the test file: whatever throws in the midst of a transfer might be taken for a fault of the connection, and tried again. */
export const fail = (what) => {
  const error = new Error(what);
  console.error(error);
  setImmediate(() => {
    throw error;
  });
  throw error;
};
