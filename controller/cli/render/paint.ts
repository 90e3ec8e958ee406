import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Gives a text a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;
export const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** The paint for a stream: `auto` colours terminals only. */
export function paintFor(color: 'auto' | 'always' | 'never', isTerminal: boolean): Paint {
  return color === 'always' || (color === 'auto' && isTerminal) ? coloured : plain;
}
