/** What an immer draft of `T` lets one write. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
