import type { ReadStream } from 'node:tty';
import { CliError } from '../errors.ts';

export interface Terminal {
  readonly input: ReadStream;
  /** Questions go here; standard output stays clean for what scripts read. */
  readonly output: NodeJS.WritableStream;
}

/** What was typed until Enter, never shown. Throws `interrupted` at Ctrl-C and `pin-unavailable` without a terminal. */
export function askHidden(terminal: Terminal, question: string): Promise<string> {
  const { input, output } = terminal;
  if (!input.isTTY) {
    return Promise.reject(
      new CliError(
        'pin-unavailable',
        'The PIN is asked for on a terminal, and there is none. Run it in a terminal window.',
      ),
    );
  }
  return new Promise((resolve, reject) => {
    let typed: readonly string[] = [];
    const finish = (settle: () => void) => {
      input.off('data', listen);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      settle();
    };
    const listen = (chunk: Buffer) => {
      for (const character of chunk.toString('utf8')) {
        if (character === '\r' || character === '\n') {
          finish(() => resolve(typed.join('')));
          return;
        }
        if (character === '\u0003' || character === '\u0004') {
          finish(() => reject(new CliError('interrupted', 'Stopped while asking for the PIN.')));
          return;
        }
        if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
        else if (character >= ' ') typed = [...typed, character];
      }
    };
    output.write(question);
    input.setRawMode(true);
    input.resume();
    input.on('data', listen);
  });
}
