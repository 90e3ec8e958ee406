/** Called when something may have changed. Carries nothing: what to do is computed from the world. */
export type Wake = () => void;
