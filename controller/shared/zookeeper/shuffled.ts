/**
 * The same items in random order, each order as likely as any other (Fisher and Yates): many clients that know the same servers do not
 * all come to the first.
 */
export function shuffled<T>(items: readonly T[]): readonly T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(Math.floor(Math.random() * left.length), 1));
}
