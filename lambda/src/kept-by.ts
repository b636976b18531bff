/**
 * What is kept with an object for as long as that lives, made when it is first asked for: a state of one run by the run's traits, of one
 * connection by the connection.
 */
export const keptBy = <Owner extends object, Kept extends object>(
  make: (owner: Owner) => Kept,
): ((owner: Owner) => Kept) => {
  const all = new WeakMap<Owner, Kept>();
  return (owner) => {
    const kept = all.get(owner) ?? make(owner);
    all.set(owner, kept);
    return kept;
  };
};
