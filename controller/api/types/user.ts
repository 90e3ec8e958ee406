/**
 * The number of the user that a manifest names, as `user` or `user:group`; undefined where it is a name that only the image can tell.
 * Without one it is root.
 */
export function numericUser(user = 'root'): number | undefined {
  const [name = ''] = user.split(':');
  if (name === 'root') return 0;
  return /^\d{1,10}$/.test(name) ? Number(name) : undefined;
}
