/** Raised by hand when {@link slimTree} or the way of making a base image changes: everything is built anew then. */
export const BASE_RECIPE = 1;
