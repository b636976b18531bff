/** What `make` makes, made for the first who asks, and the same for all. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly one: T } | undefined;
  return () => {
    made ??= { one: make() };
    return made.one;
  };
};
